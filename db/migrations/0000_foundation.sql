CREATE TABLE "missions" (
	"user_id" text NOT NULL,
	"mission_id" text NOT NULL,
	"state" text NOT NULL,
	"cadence" jsonb,
	"time_zone" text,
	"deleted_at" timestamp with time zone,
	"wanted" bigint DEFAULT 0 NOT NULL,
	"wanted_at" timestamp with time zone,
	"begun" bigint DEFAULT 0 NOT NULL,
	"planned" bigint DEFAULT 0 NOT NULL,
	"next_run_at" timestamp with time zone,
	"claim_token" uuid,
	"runner" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"queue_at" timestamp with time zone,
	"due_at" timestamp with time zone,
	CONSTRAINT "missions_user_id_mission_id_pk" PRIMARY KEY("user_id","mission_id")
);
--> statement-breakpoint
CREATE TABLE "model_calls" (
	"user_id" text NOT NULL,
	"mission_id" text NOT NULL,
	"want" bigint NOT NULL,
	"number" integer NOT NULL,
	"model" text NOT NULL,
	"request" jsonb NOT NULL,
	"response" jsonb NOT NULL,
	"answer" text,
	"input_tokens" integer,
	"output_tokens" integer,
	"duration_ms" integer NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "model_calls_user_id_mission_id_want_number_pk" PRIMARY KEY("user_id","mission_id","want","number")
);
--> statement-breakpoint
CREATE TABLE "records" (
	"user_id" text NOT NULL,
	"app_id" text NOT NULL,
	"table_name" text NOT NULL,
	"record_id" text NOT NULL,
	"data" jsonb NOT NULL,
	"field_meta" jsonb NOT NULL,
	"deleted_at" timestamp with time zone,
	"first_position" bigint NOT NULL,
	"last_position" bigint NOT NULL,
	CONSTRAINT "records_user_id_app_id_table_name_record_id_pk" PRIMARY KEY("user_id","app_id","table_name","record_id")
);
--> statement-breakpoint
CREATE TABLE "sync_changes" (
	"user_id" text NOT NULL,
	"position" bigint NOT NULL,
	"id" text NOT NULL,
	"app_id" text NOT NULL,
	"table_name" text NOT NULL,
	"record_id" text NOT NULL,
	"op" text NOT NULL,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"field_timestamps" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"client_id" text DEFAULT 'server' NOT NULL,
	"schema_version" integer DEFAULT 1 NOT NULL,
	"actor" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sync_changes_user_id_position_pk" PRIMARY KEY("user_id","position"),
	CONSTRAINT "sync_changes_event" UNIQUE("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "user_heads" (
	"user_id" text PRIMARY KEY NOT NULL,
	"position" bigint DEFAULT 0 NOT NULL,
	"stamp" text DEFAULT '' NOT NULL,
	"queue_at" timestamp with time zone DEFAULT '-infinity' NOT NULL
);
--> statement-breakpoint
CREATE INDEX "missions_queue" ON "missions" USING btree ("queue_at") WHERE "missions"."queue_at" is not null;--> statement-breakpoint
CREATE INDEX "missions_due" ON "missions" USING btree ("due_at") WHERE "missions"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "missions_claimed" ON "missions" USING btree ("user_id") WHERE "missions"."claim_token" is not null;--> statement-breakpoint
CREATE INDEX "model_calls_by_day" ON "model_calls" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "records_iterations_by_mission" ON "records" USING btree ("user_id",("data" ->> 'missionId'),"first_position" DESC NULLS LAST) WHERE "records"."app_id" = 'ai' and "records"."table_name" = 'aiIterations';--> statement-breakpoint
CREATE INDEX "records_proposals_by_iteration" ON "records" USING btree ("user_id",("data" ->> 'iterationId')) WHERE "records"."app_id" = 'ai' and "records"."table_name" = 'aiProposals';--> statement-breakpoint
CREATE INDEX "records_proposals_by_mission" ON "records" USING btree ("user_id",("data" ->> 'missionId'),"first_position" DESC NULLS LAST) WHERE "records"."app_id" = 'ai' and "records"."table_name" = 'aiProposals';--> statement-breakpoint
CREATE INDEX "records_proposals_pending" ON "records" USING btree ("user_id",("data" ->> 'missionId')) WHERE "records"."app_id" = 'ai' and "records"."table_name" = 'aiProposals' and "records"."data" ->> 'status' = 'pending';