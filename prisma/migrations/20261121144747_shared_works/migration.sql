-- The work of a generation gets a row of its own, so that equal generations can share it.
-- CreateTable
CREATE TABLE "works" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "key" TEXT,
    "photo_id" TEXT,
    "photo_sha256" TEXT NOT NULL,
    "face" INTEGER NOT NULL,
    "script" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "quality" TEXT NOT NULL,
    "estimate_video_seconds" DOUBLE PRECISION NOT NULL,
    "estimate_processing_seconds" DOUBLE PRECISION NOT NULL,
    "estimate_cost_micros" BIGINT NOT NULL,
    "estimate_cost_currency" TEXT NOT NULL,
    "runs_here" BOOLEAN NOT NULL,
    "state" TEXT NOT NULL,
    "step" TEXT,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "output" JSONB,
    "route_trace" JSONB NOT NULL,

    CONSTRAINT "works_pkey" PRIMARY KEY ("id")
);

-- Every generation so far did its own work, which takes its id.
INSERT INTO "works" ("id", "tenant_id", "key", "photo_id", "photo_sha256", "face", "script", "settings", "quality",
    "estimate_video_seconds", "estimate_processing_seconds", "estimate_cost_micros", "estimate_cost_currency", "runs_here",
    "state", "step", "progress", "version", "request_id", "created_at", "started_at", "finished_at", "deadline_at", "output", "route_trace")
SELECT "id", "tenant_id", NULL, "photo_id", "photo_sha256", "face", "script", "settings", "quality",
    "estimate_video_seconds", "estimate_processing_seconds", "estimate_cost_micros", "estimate_cost_currency", true,
    CASE "status" WHEN 'completed' THEN 'done' WHEN 'failed' THEN 'failed' WHEN 'cancelled' THEN 'cancelled' ELSE 'open' END,
    "step", "progress", "version", "request_id", "created_at", "started_at", "finished_at", "deadline_at", "output", "route_trace"
FROM "generations";

-- DropForeignKey
ALTER TABLE "attempts" DROP CONSTRAINT "attempts_generation_id_fkey";

-- DropIndex
DROP INDEX "attempts_generation_id_ordinal_key";

-- DropIndex
DROP INDEX "generations_quality_status_finished_at_idx";

-- AlterTable
ALTER TABLE "attempts" RENAME COLUMN "generation_id" TO "work_id";

-- AlterTable
ALTER TABLE "generations" ADD COLUMN "work_id" TEXT, ADD COLUMN "origin" TEXT, ADD COLUMN "queue" JSONB;
UPDATE "generations" SET "work_id" = "id", "origin" = 'made';
ALTER TABLE "generations" ALTER COLUMN "work_id" SET NOT NULL, ALTER COLUMN "origin" SET NOT NULL,
    DROP COLUMN "quality", DROP COLUMN "version";

-- CreateIndex
CREATE INDEX "works_state_runs_here_created_at_idx" ON "works"("state", "runs_here", "created_at");

-- CreateIndex
CREATE INDEX "works_quality_state_finished_at_idx" ON "works"("quality", "state", "finished_at" DESC);

-- CreateIndex
CREATE INDEX "works_photo_id_idx" ON "works"("photo_id");

-- CreateIndex
CREATE UNIQUE INDEX "works_tenant_id_key_key" ON "works"("tenant_id", "key");

-- CreateIndex
CREATE UNIQUE INDEX "attempts_work_id_ordinal_key" ON "attempts"("work_id", "ordinal");

-- CreateIndex
CREATE INDEX "generations_work_id_created_at_id_idx" ON "generations"("work_id", "created_at", "id");

-- AddForeignKey
ALTER TABLE "works" ADD CONSTRAINT "works_photo_id_fkey" FOREIGN KEY ("photo_id") REFERENCES "photos"("id") ON DELETE SET NULL ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "generations" ADD CONSTRAINT "generations_work_id_fkey" FOREIGN KEY ("work_id") REFERENCES "works"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_work_id_fkey" FOREIGN KEY ("work_id") REFERENCES "works"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- Written by hand from here on: what the schema language cannot say.
ALTER TABLE "works"
  ADD CONSTRAINT "works_state_check" CHECK ("state" IN ('open', 'done', 'failed', 'cancelled')),
  ADD CONSTRAINT "works_step_check" CHECK ("step" IN ('choose', 'prepare', 'start', 'poll', 'assemble', 'store', 'finish')),
  ADD CONSTRAINT "works_progress_check" CHECK ("progress" >= 0 AND "progress" <= 100),
  ADD CONSTRAINT "works_hundred_check" CHECK ("progress" < 100 OR "state" = 'done'),
  ADD CONSTRAINT "works_version_check" CHECK ("version" >= 1),
  ADD CONSTRAINT "works_finished_check" CHECK (("state" = 'open') = ("finished_at" IS NULL)),
  -- Only what is under way or whose bytes are there can be joined.
  ADD CONSTRAINT "works_key_check" CHECK ("key" IS NULL OR "state" IN ('open', 'done')),
  ADD CONSTRAINT "works_photo_check" CHECK ("photo_id" IS NOT NULL OR "state" <> 'open');

ALTER TABLE "generations"
  ADD CONSTRAINT "generations_origin_check" CHECK ("origin" IN ('made', 'shared', 'cached'));
