-- AlterTable
ALTER TABLE "calls" ADD COLUMN     "estimate_currency" TEXT,
ADD COLUMN     "estimate_micros" BIGINT,
ADD COLUMN     "failure" JSONB,
ADD COLUMN     "keeps" JSONB,
ADD COLUMN     "maker" TEXT NOT NULL DEFAULT 'route',
ADD COLUMN     "model" TEXT,
ADD COLUMN     "provider" TEXT,
ADD COLUMN     "reuse_key" TEXT;

-- CreateIndex
CREATE INDEX "calls_tenant_id_reuse_key_idx" ON "calls"("tenant_id", "reuse_key");

ALTER TABLE "calls" ADD CONSTRAINT "calls_maker_check" CHECK ("maker" IN ('route', 'voice', 'house'));
ALTER TABLE "calls" ADD CONSTRAINT "calls_voice_check" CHECK (("maker" = 'voice') = ("provider" IS NOT NULL AND "model" IS NOT NULL));
