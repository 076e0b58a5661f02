CREATE TABLE "spending" (
	"user_id" text PRIMARY KEY NOT NULL,
	"day" date NOT NULL,
	"calls" bigint DEFAULT 0 NOT NULL,
	"tokens" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "lapses" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "reserved" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "spent_on" date;--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "spent_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "missions" ADD COLUMN "held" jsonb;--> statement-breakpoint
CREATE INDEX "missions_reserved" ON "missions" USING btree ("user_id") WHERE "missions"."reserved" > 0;--> statement-breakpoint
CREATE INDEX "missions_held" ON "missions" USING btree ("user_id") WHERE "missions"."held" is not null;