CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`reason` text,
	`before` text,
	`after` text,
	`hash` text
);
--> statement-breakpoint
CREATE TABLE `commits` (
	`id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `connections` (
	`name` text PRIMARY KEY NOT NULL,
	`connector` text NOT NULL,
	`paused` integer NOT NULL,
	`breaker` text NOT NULL,
	`bucket` text NOT NULL,
	`trouble` text,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `cursors` (
	`connection` text NOT NULL,
	`stream` text NOT NULL,
	`cursor` text,
	`caught_up_at` integer,
	`next_at` integer NOT NULL,
	`owner` text,
	`fence` integer NOT NULL,
	`lease_until` integer NOT NULL,
	PRIMARY KEY(`connection`, `stream`)
);
--> statement-breakpoint
CREATE TABLE `deliveries` (
	`id` text PRIMARY KEY NOT NULL,
	`link_id` text NOT NULL,
	`record_id` text NOT NULL,
	`connection` text NOT NULL,
	`stream` text NOT NULL,
	`state` text NOT NULL,
	`wanted` integer NOT NULL,
	`event` integer,
	`operation` text,
	`key` text,
	`external_id` text,
	`payload` text,
	`alone` integer DEFAULT 0 NOT NULL,
	`attempt` integer NOT NULL,
	`next_at` integer NOT NULL,
	`owner` text,
	`fence` integer NOT NULL,
	`lease_until` integer NOT NULL,
	`created_at` integer NOT NULL,
	`settled_at` integer,
	`why` text,
	`exchange` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_pending` ON `deliveries` (`link_id`) WHERE state = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX `deliveries_open` ON `deliveries` (`link_id`) WHERE state IN ('claimed', 'waiting', 'unknown');--> statement-breakpoint
CREATE INDEX `deliveries_due` ON `deliveries` (`connection`,`stream`,`next_at`) WHERE state IN ('pending', 'waiting', 'unknown');--> statement-breakpoint
CREATE INDEX `deliveries_leased` ON `deliveries` (`connection`,`stream`,`lease_until`) WHERE state = 'claimed';--> statement-breakpoint
CREATE INDEX `deliveries_event` ON `deliveries` (`event`);--> statement-breakpoint
CREATE INDEX `deliveries_dead` ON `deliveries` (`connection`,`settled_at`) WHERE state = 'dead';--> statement-breakpoint
CREATE TABLE `effects` (
	`event` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`reason` text NOT NULL,
	`record_id` text
);
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`source` text NOT NULL,
	`type` text NOT NULL,
	`stream` text NOT NULL,
	`external_id` text NOT NULL,
	`lane` integer NOT NULL,
	`time` text,
	`received_at` integer NOT NULL,
	`as_of` integer,
	`request_id` text,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_id` ON `events` (`id`);--> statement-breakpoint
CREATE TABLE `exceptions` (
	`id` text PRIMARY KEY NOT NULL,
	`class` text NOT NULL,
	`state` text NOT NULL,
	`fingerprint` text NOT NULL,
	`connection` text,
	`record_id` text,
	`event` integer,
	`detail` text NOT NULL,
	`count` integer NOT NULL,
	`first_at` integer NOT NULL,
	`last_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `exceptions_open` ON `exceptions` (`fingerprint`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `fetches` (
	`connection` text NOT NULL,
	`stream` text NOT NULL,
	`external_id` text NOT NULL,
	`seq` integer NOT NULL,
	`next_at` integer NOT NULL,
	`attempt` integer NOT NULL,
	`lease_until` integer NOT NULL,
	PRIMARY KEY(`connection`, `stream`, `external_id`)
);
--> statement-breakpoint
CREATE INDEX `fetches_due` ON `fetches` (`connection`,`stream`,`next_at`);--> statement-breakpoint
CREATE TABLE `guard` (
	`ok` integer NOT NULL,
	CONSTRAINT "guard_holds" CHECK("guard"."ok" = 1)
);
--> statement-breakpoint
CREATE TABLE `history` (
	`record_id` text NOT NULL,
	`version` integer NOT NULL,
	`at` integer NOT NULL,
	`event` integer,
	`changes` text NOT NULL,
	PRIMARY KEY(`record_id`, `version`)
);
--> statement-breakpoint
CREATE TABLE `identities` (
	`entity` text NOT NULL,
	`kind` text NOT NULL,
	`value` text NOT NULL,
	`record_id` text NOT NULL,
	`state` text NOT NULL,
	PRIMARY KEY(`entity`, `kind`, `value`)
);
--> statement-breakpoint
CREATE INDEX `identities_record` ON `identities` (`record_id`);--> statement-breakpoint
CREATE TABLE `inbox` (
	`event` integer PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`stream` text NOT NULL,
	`external_id` text NOT NULL,
	`reason` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `inbox_object` ON `inbox` (`connection`,`stream`,`external_id`);--> statement-breakpoint
CREATE TABLE `lanes` (
	`stage` text NOT NULL,
	`lane` integer NOT NULL,
	`cursor` integer NOT NULL,
	`owner` text,
	`fence` integer NOT NULL,
	`lease_until` integer NOT NULL,
	PRIMARY KEY(`stage`, `lane`)
);
--> statement-breakpoint
CREATE TABLE `links` (
	`id` text PRIMARY KEY NOT NULL,
	`record_id` text NOT NULL,
	`connection` text NOT NULL,
	`stream` text NOT NULL,
	`external_id` text,
	`state` text NOT NULL,
	`version` integer NOT NULL,
	`agreed` text NOT NULL,
	`intents` text NOT NULL,
	`intent_seq` integer NOT NULL,
	`remote_at` integer,
	`receipt_pos` integer NOT NULL,
	`receipt_at` integer,
	`raw_hash` text,
	`mapping` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `links_external` ON `links` (`connection`,`stream`,`external_id`);--> statement-breakpoint
CREATE UNIQUE INDEX `links_record` ON `links` (`record_id`,`connection`,`stream`);--> statement-breakpoint
CREATE TABLE `nodes` (
	`id` text PRIMARY KEY NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `receipts` (
	`delivery_id` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`fence` integer NOT NULL,
	`external_id` text NOT NULL,
	`created` integer NOT NULL,
	`answer` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `records` (
	`id` text PRIMARY KEY NOT NULL,
	`entity` text NOT NULL,
	`version` integer NOT NULL,
	`fields` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `records_updated` ON `records` (`updated_at`);--> statement-breakpoint
CREATE TABLE `requests` (
	`id` text PRIMARY KEY NOT NULL,
	`connection` text NOT NULL,
	`received_at` integer NOT NULL,
	`headers` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `seen` (
	`key` text PRIMARY KEY NOT NULL,
	`at` integer NOT NULL
);
