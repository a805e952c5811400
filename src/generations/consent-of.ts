/** "I may use this person's likeness", kept with the photo's hash when photo and generation are gone. */
import type { Consent, Generation } from './generation.ts'
import type { NewId } from './ports.ts'
import type { GenerationRequest } from './use-cases.ts'

/** Null when none was given (and none is required). */
export function consentOf(
  newId: NewId,
  { consent, caller }: GenerationRequest,
  { id, photoSha256, createdAt }: Generation,
): Consent | null {
  if (!consent) return null
  return {
    id: newId('con'),
    tenantId: caller.tenantId,
    photoSha256,
    generationId: id,
    requestId: caller.requestId,
    grantedAt: createdAt,
  }
}
