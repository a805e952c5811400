-- CreateIndex
CREATE INDEX "attempts_provider_tenant_id_slot_at_idx" ON "attempts"("provider", "tenant_id", "slot_at");
