/** Estimates ask the same router, prices and paces as generations do. */
import { type EstimateWork, estimateWork } from '../generations/estimate-work.ts'
import type { Clock, GenerationStore, NewId, SpeechMeter } from '../generations/ports.ts'
import { sentSeconds } from '../providers/model.ts'
import { amountOf, type ComposedRouting } from './create-routing.ts'

export function composeEstimate({
  routing: { router, registry, priceBook, wishes },
  speech,
  store,
  clock,
  newId,
}: {
  readonly routing: ComposedRouting
  readonly speech: SpeechMeter
  readonly store: Pick<GenerationStore, 'recentPace'>
  readonly clock: Clock
  readonly newId: NewId
}): EstimateWork {
  return estimateWork({
    router,
    speech,
    store,
    quote: (model, seconds) => priceBook.quote(model, amountOf(model, seconds), clock.now()),
    sentSeconds,
    longestSeconds: () => Math.max(0, ...registry.models().map(({ seconds }) => seconds.max)),
    absent: () =>
      registry
        .list()
        .flatMap(({ facts, missing }) =>
          missing === null ? [] : [{ provider: facts.provider, model: facts.id, why: missing }],
        ),
    wishes,
    newId,
  })
}
