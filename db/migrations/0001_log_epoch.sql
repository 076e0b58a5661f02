CREATE TABLE "log_epoch" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"nonce" uuid DEFAULT gen_random_uuid() NOT NULL
);
--> statement-breakpoint
INSERT INTO "log_epoch" DEFAULT VALUES;
