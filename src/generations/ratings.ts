/** What users think of finished videos. The last word counts. */
import { Failure } from '../errors.ts'
import { type Generation, isFinal } from './generation.ts'
import type { Clock, GenerationStore } from './ports.ts'
import { requireGeneration } from './read-generations.ts'
import type { RateGeneration, ReadRatings } from './use-cases.ts'
import type { VendorObserver } from './vendor-observer.ts'

export interface Rating {
  readonly generationId: string
  /** Who made the video. */
  readonly provider: string
  readonly model: string
  /** 1 (bad) to 5 (good). */
  readonly score: number
  readonly comment: string | null
  readonly ratedAt: Date
}

export interface RatingStore {
  /** In place of an earlier one. Null, and nothing written, unless the tenant has that generation and it is completed. */
  saveRating(rating: { readonly tenantId: string } & Omit<Rating, 'provider' | 'model'>): Promise<Rating | null>
  /** In no order; those that nobody rated are left out. */
  ratingsOf(tenantId: string, generationIds: readonly string[]): Promise<readonly Rating[]>
}

export interface RatingParts {
  readonly store: GenerationStore
  readonly ratings: RatingStore
  readonly clock: Clock
  readonly vendors: Pick<VendorObserver, 'rated'>
}

export function rateGeneration({ store, ratings, clock, vendors }: RatingParts): RateGeneration {
  return async (tenantId, id, { score, comment }) => {
    const rating = await ratings.saveRating({ tenantId, generationId: id, score, comment, ratedAt: clock.now() })
    const generation = await requireGeneration(store, tenantId, id)
    if (!rating) throw nothingToRate(generation)
    vendors.rated(rating)
    return { generation, rating }
  }
}

export function readRatings({ ratings }: Pick<RatingParts, 'ratings'>): ReadRatings {
  return async (tenantId, generations) => {
    const ids = generations.filter(({ status }) => status === 'completed').map(({ id }) => id)
    const found = ids.length === 0 ? [] : await ratings.ratingsOf(tenantId, ids)
    return new Map(found.map((rating) => [rating.generationId, rating]))
  }
}

function nothingToRate({ status }: Generation): Failure {
  const isOver = isFinal(status)
  return new Failure('INVALID_REQUEST', {
    status: 409,
    reason: 'nothing-to-rate',
    message: isOver ? `The generation was ${status}; there is no video to rate.` : `The generation is ${status}.`,
    hint: isOver ? 'Rate a completed one.' : 'Rate it once it is completed.',
    retryable: !isOver,
  })
}
