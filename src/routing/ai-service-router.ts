/**
 * Chooses who does the work. From all models it keeps those that can (speak this script, this long, in this language and
 * shape), ranks them, and keeps the reasons: a generation can always say who was considered and why passed over.
 *
 * Ranking `quality-cost`: premium takes models by tier downward, then by estimate; standard and economy take the
 * cheapest that reaches the tier, standard before economy. An unknown price ranks after every known one; ties keep
 * the order of `priority`.
 */
import type { AspectRatio, Model, QualityTier } from '../providers/model.ts'

export interface RouteRequest {
  readonly quality: QualityTier
  readonly language: string
  readonly aspectRatio: AspectRatio | null
  /** Expected seconds of speech. */
  readonly seconds: number
  /** The script comes as somebody's recording, which is to be heard. */
  readonly recorded?: boolean
}

export interface Route {
  readonly provider: string
  readonly model: Model
  /** Micros of `currency`, or null when the price is unknown. */
  readonly estimateMicros: number | null
  readonly currency: string
  readonly why: string
}

export interface RouteTrace {
  readonly provider: string
  readonly model: string
  readonly verdict: 'chosen' | 'passed-over'
  readonly why: string
}

export interface Routing {
  /** Best first; empty when nobody can. */
  readonly routes: readonly Route[]
  readonly trace: readonly RouteTrace[]
}

export interface AIServiceRouter {
  /** @param tried model ids that this generation has already tried. */
  choose(request: RouteRequest, tried: readonly string[]): Routing
}

const tierRank: Readonly<Record<QualityTier, number>> = { economy: 0, standard: 1, premium: 2 }

export function createAIServiceRouter({
  models,
  priority,
}: {
  readonly models: readonly Model[]
  /** Provider ids, most wanted first; those not named come last. */
  readonly priority: readonly string[]
}): AIServiceRouter {
  const preference = (model: Model) => {
    const place = priority.indexOf(model.provider)
    return place === -1 ? priority.length : place
  }

  return {
    choose(request, tried) {
      const routes: Route[] = []
      const passedOver: RouteTrace[] = []
      for (const model of models) {
        const obstacle = tried.includes(model.id) ? 'already tried' : whyNot(model, request)
        if (obstacle === null) routes.push(toRoute(model, request))
        else passedOver.push({ provider: model.provider, model: model.id, verdict: 'passed-over', why: obstacle })
      }
      routes.sort((a, b) => byQualityAndCost(request.quality, a, b) || preference(a.model) - preference(b.model))
      const [best, ...others] = routes
      const trace: RouteTrace[] = []
      if (best) trace.push({ provider: best.provider, model: best.model.id, verdict: 'chosen', why: best.why })
      for (const route of others) {
        trace.push({ provider: route.provider, model: route.model.id, verdict: 'passed-over', why: 'ranked lower' })
      }
      return { routes, trace: [...trace, ...passedOver] }
    },
  }
}

/** The first thing that keeps the model from this request, or null. */
function whyNot(model: Model, request: RouteRequest): string | null {
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

function toRoute(model: Model, request: RouteRequest): Route {
  const estimateMicros = model.price && Math.ceil(model.price.microsPerSecond * request.seconds)
  const cost = model.price
    ? `${((estimateMicros ?? 0) / 1e6).toFixed(2)} ${model.price.currency} for about ${request.seconds.toFixed(1)} s`
    : 'price unknown'
  return {
    provider: model.provider,
    model,
    estimateMicros,
    currency: model.price?.currency ?? 'INR',
    why: `${model.tier} tier, ${cost}`,
  }
}

function byQualityAndCost(quality: QualityTier, a: Route, b: Route): number {
  const cost = (a.estimateMicros ?? Number.POSITIVE_INFINITY) - (b.estimateMicros ?? Number.POSITIVE_INFINITY) || 0
  const tier = tierRank[b.model.tier] - tierRank[a.model.tier]
  if (quality === 'premium') return tier || cost
  const below = (route: Route) => Number(tierRank[route.model.tier] < tierRank[quality])
  return below(a) - below(b) || cost
}
