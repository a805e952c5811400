/**
 * Many requests at once, each on its own. Four are looked at side by side; where they share a cost limit, one after the
 * other, so that what is left for one is what those before it really took.
 */
import { Failure, toFailure } from '../errors.ts'
import type { Money } from './generation.ts'
import { settleWishes, type WishParts } from './settle-wishes.ts'
import type {
  AcceptedGeneration,
  BatchRequest,
  GenerationRequest,
  RequestBatch,
  RequestGeneration,
} from './use-cases.ts'

const atOnce = 4

export interface BatchParts {
  readonly wishes: WishParts
  readonly requestGeneration: RequestGeneration
}

export function requestBatch({ wishes, requestGeneration }: BatchParts): RequestBatch {
  return async ({ tenantId, items, costLimit, signal }: BatchRequest) => {
    const limit = costLimit && settleWishes(wishes, tenantId, { costLimit }).settings.costLimit
    const estimate = { micros: 0, currency: wishes.currency }
    const left = (): { budget?: Money } =>
      limit ? { budget: { ...limit, micros: Math.max(0, limit.micros - estimate.micros) } } : {}
    const outcomes: (AcceptedGeneration | Failure)[] = []

    const ask = async (item: GenerationRequest | Failure): Promise<AcceptedGeneration | Failure> => {
      if (item instanceof Failure) return item
      try {
        const accepted = await requestGeneration({ ...item, ...left() })
        if (accepted.generation.origin === 'made') estimate.micros += accepted.generation.estimate.cost.micros
        return accepted
      } catch (error) {
        return toFailure(error)
      }
    }
    const waiting = items.entries()
    const askOnAndOn = async () => {
      for (const [index, item] of waiting) {
        // Whoever went away wants none of the rest. What has begun is waited for: it still reads its files.
        if (signal?.aborted) return
        outcomes[index] = await ask(item)
      }
    }
    await Promise.all(Array.from({ length: limit ? 1 : atOnce }, askOnAndOn))
    signal?.throwIfAborted()
    return { outcomes, estimate }
  }
}
