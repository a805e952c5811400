-- CreateTable
CREATE TABLE "photos" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "media_key" TEXT NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "kept" BOOLEAN NOT NULL,
    "faces" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "photos_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "generations" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "photo_id" TEXT,
    "photo_sha256" TEXT NOT NULL,
    "face" INTEGER NOT NULL,
    "script" TEXT NOT NULL,
    "settings" JSONB NOT NULL,
    "quality" TEXT NOT NULL,
    "metadata" JSONB NOT NULL,
    "adjusted" JSONB NOT NULL,
    "estimate_video_seconds" DOUBLE PRECISION NOT NULL,
    "estimate_processing_seconds" DOUBLE PRECISION NOT NULL,
    "estimate_cost_micros" BIGINT NOT NULL,
    "estimate_cost_currency" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "step" TEXT,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "last_seq" INTEGER NOT NULL DEFAULT 0,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "deadline_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),
    "failure" JSONB,
    "output" JSONB,
    "cost_micros" BIGINT,
    "cost_currency" TEXT,
    "route_trace" JSONB NOT NULL,

    CONSTRAINT "generations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "generation_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "failure" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "calls" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "operation" JSONB,
    "outputs" JSONB,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "calls_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "generation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,
    "progress" DOUBLE PRECISION NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("generation_id","seq")
);

-- CreateTable
CREATE TABLE "consents" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "photo_sha256" TEXT NOT NULL,
    "generation_id" TEXT NOT NULL,
    "request_id" TEXT,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "consents_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "photos_tenant_id_created_at_id_idx" ON "photos"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "generations_tenant_id_created_at_id_idx" ON "generations"("tenant_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "generations_tenant_id_status_created_at_id_idx" ON "generations"("tenant_id", "status", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "generations_quality_status_finished_at_idx" ON "generations"("quality", "status", "finished_at" DESC);

-- CreateIndex
CREATE INDEX "generations_photo_id_idx" ON "generations"("photo_id");

-- CreateIndex
CREATE UNIQUE INDEX "attempts_generation_id_ordinal_key" ON "attempts"("generation_id", "ordinal");

-- CreateIndex
CREATE UNIQUE INDEX "calls_attempt_id_ordinal_key" ON "calls"("attempt_id", "ordinal");

-- CreateIndex
CREATE INDEX "consents_tenant_id_photo_sha256_idx" ON "consents"("tenant_id", "photo_sha256");

-- AddForeignKey
ALTER TABLE "generations" ADD CONSTRAINT "generations_photo_id_fkey" FOREIGN KEY ("photo_id") REFERENCES "photos"("id") ON DELETE SET NULL ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_generation_id_fkey" FOREIGN KEY ("generation_id") REFERENCES "generations"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "calls" ADD CONSTRAINT "calls_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "events" ADD CONSTRAINT "events_generation_id_fkey" FOREIGN KEY ("generation_id") REFERENCES "generations"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;


-- Written by hand from here on: what the schema language cannot say.
ALTER TABLE "photos"
  ADD CONSTRAINT "photos_size_check" CHECK ("width" > 0 AND "height" > 0 AND "bytes" > 0),
  ADD CONSTRAINT "photos_sha256_check" CHECK ("sha256" ~ '^[0-9a-f]{64}$');

ALTER TABLE "generations"
  ADD CONSTRAINT "generations_status_check" CHECK ("status" IN ('queued', 'processing', 'completed', 'failed', 'cancelled')),
  ADD CONSTRAINT "generations_step_check" CHECK ("step" IN ('choose', 'prepare', 'start', 'poll', 'assemble', 'store', 'finish')),
  ADD CONSTRAINT "generations_progress_check" CHECK ("progress" >= 0 AND "progress" <= 100),
  -- 100 means that the file is stored and ours.
  ADD CONSTRAINT "generations_hundred_check" CHECK ("progress" < 100 OR "status" = 'completed'),
  ADD CONSTRAINT "generations_version_check" CHECK ("version" >= 1),
  ADD CONSTRAINT "generations_last_seq_check" CHECK ("last_seq" >= 0),
  ADD CONSTRAINT "generations_cost_check" CHECK (("cost_micros" IS NULL) = ("cost_currency" IS NULL)),
  ADD CONSTRAINT "generations_finished_check" CHECK (("status" IN ('completed', 'failed', 'cancelled')) = ("finished_at" IS NOT NULL)),
  -- Two racing requests, one deleting the photo and one using it: this is what the loser runs into.
  ADD CONSTRAINT "generations_photo_check" CHECK ("photo_id" IS NOT NULL OR "deleted_at" IS NOT NULL);

ALTER TABLE "attempts"
  ADD CONSTRAINT "attempts_state_check" CHECK ("state" IN ('open', 'succeeded', 'failed', 'expired', 'cancelled')),
  ADD CONSTRAINT "attempts_ordinal_check" CHECK ("ordinal" >= 1);

ALTER TABLE "calls"
  ADD CONSTRAINT "calls_state_check" CHECK ("state" IN ('started', 'pending', 'completed', 'failed', 'unknown')),
  ADD CONSTRAINT "calls_ordinal_check" CHECK ("ordinal" >= 1);

ALTER TABLE "events"
  ADD CONSTRAINT "events_seq_check" CHECK ("seq" >= 1),
  ADD CONSTRAINT "events_progress_check" CHECK ("progress" >= 0 AND "progress" <= 100);

ALTER TABLE "consents"
  ADD CONSTRAINT "consents_sha256_check" CHECK ("photo_sha256" ~ '^[0-9a-f]{64}$');
