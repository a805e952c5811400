/**
 * Chooses who does the work. From all models it keeps those that can (speak this script, this long, in this language and
 * shape, within the cost limit, and are up), ranks them, and keeps the reasons: a generation can always say who was
 * considered and why passed over.
 *
 * Ranking `quality-cost`: premium takes models by tier downward, then by estimate; standard and economy take the
 * cheapest that reaches the tier, standard before economy. An unknown price ranks after every known one; ties keep
 * the order of `priority`.
 */
import type { AspectRatio, Model, QualityTier } from '../providers/model.ts'

export type Strategy =
  | 'quality-cost'
  | 'priority'
  | 'round-robin'
  | 'weighted'
  | 'least-loaded'
  | 'latency'
  | 'cheapest'

/** In integer micro-units. */
interface Amount {
  readonly micros: number
  readonly currency: string
}

export interface RouteRequest {
  readonly tenantId: string
  readonly quality: QualityTier
  readonly language: string
  readonly aspectRatio: AspectRatio | null
  /** Expected seconds of speech. */
  readonly seconds: number
  /** The script comes as somebody's recording, which is to be heard. */
  readonly recorded?: boolean
  /** The only model wanted; absent: any. */
  readonly model?: string
  /** Absent: the installation's. */
  readonly strategy?: Strategy
  /** The most that one more attempt may cost, in the installation's currency; absent: no bound. */
  readonly costLimit?: Amount
}

export interface Route {
  readonly provider: string
  readonly model: Model
  /** Seconds of video that are asked for, and paid. */
  readonly sentSeconds: number
  /** In the installation's currency, or null when the price is unknown. */
  readonly estimate: Amount | null
  readonly why: string
}

export interface RouteTrace {
  /** 1 for the first choice, 2 for the fallback after it. */
  readonly attempt: number
  readonly provider: string
  readonly model: string
  readonly verdict: 'chosen' | 'passed-over'
  readonly why: string
}

export interface Routing {
  readonly strategy: Strategy
  /** Best first; empty when nobody can. */
  readonly routes: readonly Route[]
  readonly trace: readonly RouteTrace[]
}

export interface AIServiceRouter {
  /** @param tried model ids that this generation has already tried. */
  choose(request: RouteRequest, tried: readonly string[]): Routing
}

const tierRank: Readonly<Record<QualityTier, number>> = { economy: 0, standard: 1, premium: 2 }

export interface RouterParts {
  readonly models: () => readonly Model[]
  /** Provider ids, most wanted first; those not named come last. */
  readonly priority: readonly string[]
  /** What would be asked of the model for speech of that length. A null cost: no price is known. */
  readonly quote: (
    model: Model,
    speechSeconds: number,
  ) => { readonly sentSeconds: number; readonly cost: Amount | null }
  /** Why nothing is sent to the model at the moment, or null. */
  readonly outage?: (model: Model) => string | null
}

export function createAIServiceRouter({ models, priority, quote, outage = () => null }: RouterParts): AIServiceRouter {
  const preference = (model: Model) => {
    const place = priority.indexOf(model.provider)
    return place === -1 ? priority.length : place
  }
  const whyNotNow = (route: Route, { model, costLimit }: RouteRequest): string | null => {
    if (model !== undefined && route.model.id !== model) return `only ${model} was asked for`
    if (costLimit && !route.estimate) return 'its price is unknown, and there is a cost limit'
    if (costLimit && route.estimate && route.estimate.micros > costLimit.micros) {
      return `${money(route.estimate)} is over the cost limit`
    }
    return outage(route.model)
  }

  return {
    choose(request, tried) {
      const attempt = tried.length + 1
      const routes: Route[] = []
      const passedOver: RouteTrace[] = []
      for (const model of models()) {
        const route = toRoute(model, request, quote)
        const obstacle = tried.includes(model.id)
          ? 'already tried'
          : (whyNever(model, request) ?? whyNotNow(route, request))
        if (obstacle === null) routes.push(route)
        else {
          passedOver.push({
            attempt,
            provider: model.provider,
            model: model.id,
            verdict: 'passed-over',
            why: obstacle,
          })
        }
      }
      routes.sort((a, b) => byQualityAndCost(request.quality, a, b) || preference(a.model) - preference(b.model))
      const [best, ...others] = routes
      const trace: RouteTrace[] = []
      if (best) trace.push({ attempt, provider: best.provider, model: best.model.id, verdict: 'chosen', why: best.why })
      for (const route of others) {
        trace.push({
          attempt,
          provider: route.provider,
          model: route.model.id,
          verdict: 'passed-over',
          why: 'ranked lower',
        })
      }
      return { strategy: 'quality-cost', routes, trace: [...trace, ...passedOver] }
    },
  }
}

/** The first thing that keeps the model from this request for good, or null. */
function whyNever(model: Model, request: RouteRequest): string | null {
  if (model.yields === 'silent-video') return 'it cannot speak'
  if (!model.languages.includes(request.language)) return `it does not speak '${request.language}'`
  if (request.recorded && !model.takesRecordings) return 'it cannot speak a recording'
  if (request.seconds > model.seconds.max) return `it does at most ${model.seconds.max} s`
  if (
    request.aspectRatio !== null &&
    model.aspectRatios !== 'any' &&
    !model.aspectRatios.includes(request.aspectRatio)
  ) {
    return `it does not do ${request.aspectRatio}`
  }
  return null
}

function toRoute(model: Model, request: RouteRequest, quote: RouterParts['quote']): Route {
  const { sentSeconds, cost: estimate } = quote(model, request.seconds)
  const cost = estimate ? `${money(estimate)} for ${sentSeconds.toFixed(1)} s` : 'price unknown'
  return { provider: model.provider, model, sentSeconds, estimate, why: `${model.tier} tier, ${cost}` }
}

const money = ({ micros, currency }: Amount) => `${(micros / 1e6).toFixed(2)} ${currency}`

function byQualityAndCost(quality: QualityTier, a: Route, b: Route): number {
  const micros = ({ estimate }: Route) => estimate?.micros ?? Number.POSITIVE_INFINITY
  const cost = micros(a) - micros(b) || 0
  const tier = tierRank[b.model.tier] - tierRank[a.model.tier]
  if (quality === 'premium') return tier || cost
  const below = (route: Route) => Number(tierRank[route.model.tier] < tierRank[quality])
  return below(a) - below(b) || cost
}
