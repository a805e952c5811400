/** Reading: one, many, and the finished bytes. */
import { Failure } from '../errors.ts'
import { type Generation, isFinal, type Output } from './generation.ts'
import type { GenerationStore, MediaStore } from './ports.ts'
import type { GetGeneration, ListGenerations, OpenMedia, ReadEvents } from './use-cases.ts'

export async function requireGeneration(
  store: Pick<GenerationStore, 'findGeneration'>,
  tenantId: string,
  id: string,
): Promise<Generation> {
  const generation = await store.findGeneration(tenantId, id)
  if (generation) return generation
  throw generationNotFound(id)
}

export function generationNotFound(id: string): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'generation-not-found',
    message: `There is no generation '${id}'.`,
    hint: 'GET /api/v1/video lists those there are.',
  })
}

export function getGeneration(store: GenerationStore): GetGeneration {
  return (tenantId, id) => requireGeneration(store, tenantId, id)
}

export function listGenerations(store: GenerationStore): ListGenerations {
  return (tenantId, request) => store.listGenerations(tenantId, request)
}

export function readEvents(store: GenerationStore): ReadEvents {
  return async (tenantId, id, { after, limit }) => {
    // The row first: what is appended in between only makes the page longer.
    const { status, lastSeq } = await requireGeneration(store, tenantId, id)
    const events = await store.eventsAfter(id, after, limit)
    return { events, lastSeq: Math.max(lastSeq, events.at(-1)?.seq ?? 0), isOver: isFinal(status) }
  }
}

export function openMedia({ store, media }: { store: GenerationStore; media: MediaStore }): OpenMedia {
  return async (tenantId, id, kind) => {
    const generation = await requireGeneration(store, tenantId, id)
    const output = requireOutput(generation)
    const key = kind === 'video' ? output.videoKey : output.thumbnailKey
    const { bytes, sha256 } = kind === 'video' ? output : await media.describe(key)
    return {
      bytes,
      etag: `"${sha256}"`,
      contentType: kind === 'video' ? 'video/mp4' : 'image/jpeg',
      fileName: kind === 'video' ? `${id}.mp4` : `${id}.jpg`,
      modifiedAt: generation.finishedAt ?? generation.createdAt,
      read: (range) => media.read(key, range),
    }
  }
}

/** @throws Failure 409 'not-finished', 410 'generation-failed' or 'generation-cancelled'. */
export function requireOutput(generation: Generation): Output {
  if (generation.status === 'completed' && generation.output) return generation.output
  throw notReadable(generation)
}

function notReadable({ status, failure, estimate }: Generation): Failure {
  if (!isFinal(status)) {
    return new Failure('INVALID_REQUEST', {
      status: 409,
      reason: 'not-finished',
      message: `The generation is ${status}; there is nothing to read yet.`,
      hint: 'Wait for the completed event, or ask again later.',
      retryable: true,
      retryAfterSeconds: Math.max(1, Math.ceil(estimate.processingSeconds)),
      extra: { generation_status: status },
    })
  }
  return new Failure('INVALID_REQUEST', {
    status: 410,
    reason: status === 'cancelled' ? 'generation-cancelled' : 'generation-failed',
    message: failure ? `The generation failed: ${failure.message}` : `The generation was ${status}; there is no video.`,
    hint: failure?.hint ?? 'Request a new generation.',
    extra: { generation_status: status },
  })
}
