/** DELETE has two meanings that a caller need not tell apart: stop what runs, or remove what is done. */
import { Failure } from '../errors.ts'
import { commitStep, Overtaken } from './commit-step.ts'
import { type Generation, isFinal, outputKeys } from './generation.ts'
import type { Clock, GenerationStore, MediaStore } from './ports.ts'
import { requireGeneration } from './read-generations.ts'
import type { DiscardGeneration } from './use-cases.ts'

/** A running generation commits a step every second or so; losing the race five times in a row means something is wrong. */
const tries = 5

export interface DiscardParts {
  readonly store: GenerationStore
  readonly media: MediaStore
  readonly clock: Clock
}

export function discardGeneration(parts: DiscardParts): DiscardGeneration {
  return async (tenantId, id) => {
    for (let attempt = 0; attempt < tries; attempt++) {
      const generation = await requireGeneration(parts.store, tenantId, id)
      if (isFinal(generation.status)) {
        if (await remove(parts, generation)) return null
        continue
      }
      try {
        return await cancel(parts, generation)
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error
      }
    }
    throw new Failure('INVALID_REQUEST', {
      status: 409,
      reason: 'generation-changing',
      message: 'The generation kept changing while it was being cancelled.',
      hint: 'Try again.',
      retryable: true,
    })
  }
}

async function cancel(parts: DiscardParts, generation: Generation): Promise<Generation> {
  const now = parts.clock.now()
  const attempts = await parts.store.listAttempts(generation.id)
  const cancelled = await commitStep(parts, generation, {
    changes: { status: 'cancelled', step: null, finishedAt: now, output: null },
    events: [{ type: 'cancelled' }],
    write: async (tx) => {
      for (const { id, state } of attempts) {
        if (state === 'open') await tx.updateAttempt(id, { state: 'cancelled', finishedAt: now })
      }
    },
  })
  for (const { key } of attempts.flatMap(({ calls }) => calls).flatMap(storedOutputs)) await parts.media.remove(key)
  return cancelled
}

function storedOutputs({ outputs }: { readonly outputs: unknown }): readonly { readonly key: string }[] {
  return Array.isArray(outputs) ? outputs : []
}

/** The row first, then the bytes: a crash between leaves bytes that the sweep finds, never a row without them. */
async function remove({ store, media, clock }: DiscardParts, generation: Generation): Promise<boolean> {
  const now = clock.now()
  const photo = await store.findPhoto(generation.tenantId, generation.photoId)
  const photoGoes = photo !== null && !photo.kept
  const deleted = await store.transaction(async (tx) => {
    if (!(await tx.markDeleted(generation.id, generation.version, now))) return null
    await tx.appendEvent(generation.id, { type: 'deleted' }, now)
    return { photo: photoGoes && (await tx.deletePhoto(generation.tenantId, generation.photoId)) }
  })
  if (!deleted) return false
  for (const key of generation.output ? outputKeys(generation.output) : []) await media.remove(key)
  if (deleted.photo && photo) await media.remove(photo.mediaKey)
  return true
}
