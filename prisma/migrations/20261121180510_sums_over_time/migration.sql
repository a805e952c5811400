-- CreateIndex
CREATE INDEX "attempts_created_at_idx" ON "attempts" USING BRIN ("created_at");

-- CreateIndex
CREATE INDEX "generations_created_at_idx" ON "generations" USING BRIN ("created_at");

-- CreateIndex
CREATE INDEX "works_created_at_idx" ON "works" USING BRIN ("created_at");
