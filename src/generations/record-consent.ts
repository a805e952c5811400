/** "I may use this person's likeness", kept with the photo's hash when photo and generation are gone. */
import type { Generation } from './generation.ts'
import type { Clock, GenerationTransaction, NewId } from './ports.ts'
import type { GenerationRequest } from './use-cases.ts'

export async function recordConsent(
  tx: GenerationTransaction,
  { clock, newId }: { readonly clock: Clock; readonly newId: NewId },
  { consent, caller }: GenerationRequest,
  { id, photoSha256 }: Generation,
): Promise<void> {
  if (!consent) return
  await tx.insertConsent({
    id: newId('con'),
    tenantId: caller.tenantId,
    photoSha256,
    generationId: id,
    requestId: caller.requestId,
    grantedAt: clock.now(),
  })
}
