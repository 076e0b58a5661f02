ALTER TABLE "sync_changes" ADD COLUMN "link" text;--> statement-breakpoint
ALTER TABLE "user_heads" ADD COLUMN "link" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "user_heads" ADD COLUMN "linked_to" bigint DEFAULT 0 NOT NULL;