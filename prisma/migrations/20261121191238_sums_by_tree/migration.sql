-- DropIndex
DROP INDEX "attempts_created_at_idx";

-- DropIndex
DROP INDEX "generations_created_at_idx";

-- DropIndex
DROP INDEX "works_created_at_idx";

-- CreateIndex
CREATE INDEX "attempts_created_at_idx" ON "attempts"("created_at");

-- CreateIndex
CREATE INDEX "generations_created_at_idx" ON "generations"("created_at");

-- CreateIndex
CREATE INDEX "works_created_at_idx" ON "works"("created_at");
