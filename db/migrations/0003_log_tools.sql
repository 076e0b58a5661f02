CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_hash" text NOT NULL,
	"erased_at" timestamp with time zone NOT NULL,
	"changes" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "plan_reads" (
	"user_id" text NOT NULL,
	"app_id" text NOT NULL,
	"table_name" text NOT NULL,
	"record_id" text NOT NULL,
	"mission_id" text NOT NULL,
	"fields" jsonb NOT NULL,
	CONSTRAINT "plan_reads_user_id_app_id_table_name_record_id_mission_id_pk" PRIMARY KEY("user_id","app_id","table_name","record_id","mission_id")
);
--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "replan_on" text;--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "want_causes" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "erasures_by_user" ON "erasures" USING btree ("user_hash");--> statement-breakpoint
CREATE INDEX "plan_reads_by_mission" ON "plan_reads" USING btree ("user_id","mission_id");