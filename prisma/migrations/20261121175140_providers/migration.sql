-- AlterTable
ALTER TABLE "attempts" ADD COLUMN     "cost_bearer" TEXT,
ADD COLUMN     "cost_currency" TEXT,
ADD COLUMN     "cost_micros" BIGINT,
ADD COLUMN     "estimate_currency" TEXT,
ADD COLUMN     "estimate_micros" BIGINT,
ADD COLUMN     "sent_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "slot" TEXT,
ADD COLUMN     "slot_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "deadline_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '1970-01-01 00:00:00 +00:00',
ADD COLUMN     "fetches" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "metrics" JSONB,
ADD COLUMN     "provider_job_id" TEXT,
ADD COLUMN     "provider_request_id" TEXT,
ADD COLUMN     "reported_currency" TEXT,
ADD COLUMN     "reported_micros" BIGINT,
ADD COLUMN     "sends" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "generations" ADD COLUMN     "making" JSONB;

-- AlterTable
ALTER TABLE "works" ADD COLUMN     "making" JSONB;

-- CreateTable
CREATE TABLE "webhook_deliveries" (
    "provider" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "webhook_deliveries_pkey" PRIMARY KEY ("provider","event_id")
);

-- CreateTable
CREATE TABLE "ratings" (
    "generation_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "score" INTEGER NOT NULL,
    "comment" TEXT,
    "rated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ratings_pkey" PRIMARY KEY ("generation_id")
);

-- CreateIndex
CREATE INDEX "webhook_deliveries_received_at_idx" ON "webhook_deliveries"("received_at");

-- CreateIndex
CREATE INDEX "ratings_rated_at_idx" ON "ratings"("rated_at");

-- CreateIndex
CREATE INDEX "attempts_provider_state_slot_idx" ON "attempts"("provider", "state", "slot");

-- CreateIndex
CREATE INDEX "calls_provider_job_id_idx" ON "calls"("provider_job_id");

-- Written by hand from here on: what the schema language cannot say.
ALTER TABLE "attempts"
  ADD CONSTRAINT "attempts_slot_check" CHECK ("slot" IN ('waiting', 'held')),
  ADD CONSTRAINT "attempts_bearer_check" CHECK ("cost_bearer" IN ('user', 'house')),
  ADD CONSTRAINT "attempts_cost_check" CHECK ("cost_micros" >= 0 AND ("cost_micros" IS NULL) = ("cost_currency" IS NULL));

ALTER TABLE "ratings" ADD CONSTRAINT "ratings_score_check" CHECK ("score" BETWEEN 1 AND 5);

-- Generations under the names of the guide, for reports: a view, so that nothing is kept twice.
CREATE VIEW "video_generations" AS
  SELECT g.id, g.tenant_id AS user_id, g.status, g.script AS script_text, g.created_at, g.finished_at AS completed_at,
         (g.output->>'seconds')::numeric AS duration_seconds, g.settings->>'quality' AS video_quality,
         (g.making->>'provider')::varchar(255) AS provider,
         (g.making->>'providerRequestId')::varchar(255) AS provider_request_id,
         (g.making->>'providerJobId')::varchar(255) AS provider_job_id,
         COALESCE((g.making->>'fallbackUsed')::boolean, FALSE) AS fallback_used,
         (g.cost_micros / 1000000.0)::decimal(10, 4) AS processing_cost, g.cost_currency AS currency
  FROM "generations" g WHERE g.deleted_at IS NULL;
