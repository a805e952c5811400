/** The route that a request would take, or the words for why there is none. */
import { Failure } from '../errors.ts'
import type { AIServiceRouter, Route, Routing } from '../routing/ai-service-router.ts'
import type { Settings } from './generation.ts'
import { routeRequest } from './route-request.ts'

/**
 * @param seconds of speech
 * @throws Failure PROVIDER_ERROR 503 'providers-down'; INVALID_MODEL 'no-able-model'; INVALID_REQUEST 'cost-limit-too-low' (extra: cheapest, with what it would cost)
 */
export async function bestRoute(
  router: AIServiceRouter,
  work: { readonly tenantId: string; readonly id: string },
  settings: Settings,
  seconds: number,
  script?: string,
): Promise<Route> {
  const routing = await router.choose(routeRequest(work, settings, seconds, script), [])
  const [best] = routing.routes
  if (best) return best
  if (routing.isOutage) throw providersDown(routing)
  if (settings.costLimit && routing.cheapestOverLimit) throw costLimitTooLow(routing.cheapestOverLimit)
  throw noAbleModel(routing)
}

/** As long as a breaker stays open the first time. */
const comeBackSeconds = 30

export function providersDown({ trace }: Routing): Failure {
  return new Failure('PROVIDER_ERROR', {
    status: 503,
    reason: 'providers-down',
    message: 'Whoever could do this is down at the moment.',
    hint: `Come back later. ${trace.map(({ model, why }) => `${model}: ${why}`).join('; ')}`,
    retryable: true,
    retryAfterSeconds: comeBackSeconds,
  })
}

function noAbleModel({ trace }: Routing): Failure {
  return new Failure('INVALID_MODEL', {
    reason: 'no-able-model',
    message: 'No configured model can do this.',
    hint:
      trace.length === 0
        ? 'Enable the local renderer or configure a provider.'
        : trace.map(({ model, why }) => `${model}: ${why}`).join('; '),
  })
}

function costLimitTooLow({ provider, model, estimate }: Route): Failure {
  const { micros, currency } = estimate!
  const amount = inFull(micros)
  return new Failure('INVALID_REQUEST', {
    reason: 'cost-limit-too-low',
    message: `The cheapest model that can do this costs ${amount} ${currency}, which is over the cost limit.`,
    hint: `Raise cost_limit to ${amount} ${currency}, or shorten the script.`,
    extra: { cheapest: { provider, model: model.id, estimate: { amount, micros, currency } } },
  })
}

/** All six places, without needless zeros beyond the second. */
function inFull(micros: number): string {
  return (micros / 1e6).toFixed(6).replace(/0{1,4}$/, '')
}
