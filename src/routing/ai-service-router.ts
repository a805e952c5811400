/**
 * Chooses who does the work. From all models it keeps those that can (speak this script, this long, in this language and
 * shape, within the cost limit, and are up), has a strategy rank them (strategies.ts), and keeps the reasons: a generation can
 * always say who was considered and why passed over.
 */
import type { AspectRatio, Model, QualityTier } from '../providers/model.ts'
import { type RankFacts, rankRoutes, type Strategy } from './strategies.ts'
import { createTurns } from './turns.ts'

export type { Strategy }

/** In integer micro-units. */
interface Amount {
  readonly micros: number
  readonly currency: string
}

export interface RouteRequest {
  readonly tenantId: string
  /** What draws and turns hang on: the id of the work, so that asking again for the same work answers the same. */
  readonly seed: string
  readonly quality: QualityTier
  readonly language: string
  readonly aspectRatio: AspectRatio | null
  /** Expected seconds of speech. */
  readonly seconds: number
  /** Absent where only its length is known. */
  readonly script?: string
  /** The script comes as somebody's recording, which is to be heard. */
  readonly recorded?: boolean
  /** The only model wanted; absent: any. */
  readonly model?: string
  /** Absent: the installation's. */
  readonly strategy?: Strategy
  /** Providers that have failed this work as a whole: their other models come after everybody else's. */
  readonly failedProviders?: readonly string[]
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
  /** Absent in traces of before there were several. */
  readonly strategy?: Strategy
  readonly provider: string
  readonly model: string
  readonly verdict: 'chosen' | 'passed-over'
  readonly why: string
  /** What it would cost, in the installation's currency; null: the price is unknown. Absent in older traces. */
  readonly estimate?: Amount | null
}

export interface Routing {
  readonly strategy: Strategy
  /** Best first; empty when nobody can. */
  readonly routes: readonly Route[]
  readonly trace: readonly RouteTrace[]
  /** The cheapest of those that only the cost limit keeps away; null when there is none. */
  readonly cheapestOverLimit: Route | null
  /** Somebody could do it, were they not down at the moment. */
  readonly isOutage: boolean
}

export interface AIServiceRouter {
  /** @param tried model ids that this generation has already tried. */
  choose(request: RouteRequest, tried: readonly string[]): Promise<Routing>
}

export interface RouterParts {
  readonly models: () => readonly Model[]
  /** Provider ids, most wanted first; those not named come last. */
  readonly priority: readonly string[]
  /** How routes are ranked where the request does not say. */
  readonly strategy?: Strategy
  /** By provider id; those not named weigh 1. */
  readonly weights?: Readonly<Record<string, number>>
  /** What would be asked of the model for speech of that length. A null cost: no price is known. */
  readonly quote: (
    model: Model,
    request: Pick<RouteRequest, 'seconds' | 'script' | 'language' | 'recorded'>,
  ) => { readonly sentSeconds: number; readonly cost: Amount | null }
  /** Why the model is not to be had by that tenant, or null. */
  readonly barred?: (model: Model, tenantId: string) => string | null
  /** Why nothing is sent to the model at the moment, or null. */
  readonly outage?: (model: Model) => string | null
  /** Taken places of those the model has: 0 idle, 1 full. Asked only where the strategy looks at it. */
  readonly load?: (model: Model) => Promise<number>
  /** Seconds of work per second of video, as measured here; null: nothing measured. Asked only where the strategy looks at it. */
  readonly pace?: (model: Model, quality: QualityTier) => Promise<number | null>
}

export function createAIServiceRouter({
  models,
  priority,
  strategy: usual = 'quality-cost',
  weights = {},
  quote,
  barred = () => null,
  outage = () => null,
  load = async () => 0,
  pace = async () => null,
}: RouterParts): AIServiceRouter {
  const turnOf = createTurns()
  const preference = (provider: string) => {
    const place = priority.indexOf(provider)
    return place === -1 ? priority.length : place
  }
  const weight = (provider: string) => (Object.hasOwn(weights, provider) ? weights[provider]! : 1)

  const factsFor = async (strategy: Strategy, request: RouteRequest, routes: readonly Route[]): Promise<RankFacts> => {
    const ofModels = async (ask: (route: Route) => Promise<number>) =>
      new Map(await Promise.all(routes.map(async (route) => [route.model.id, await ask(route)] as const)))
    return {
      preference,
      weight,
      turn: strategy === 'round-robin' ? turnOf(request.seed) : 0,
      load: strategy === 'least-loaded' ? await ofModels(({ model }) => load(model)) : new Map(),
      seconds:
        strategy === 'latency'
          ? await ofModels(async (route) => workSeconds(route, request, await pace(route.model, request.quality)))
          : new Map(),
    }
  }

  return {
    async choose(request, tried) {
      const strategy = request.strategy ?? usual
      const common = { attempt: tried.length + 1, strategy }
      const able: Route[] = []
      const tooDear: Route[] = []
      let isOutage = false
      const passedOver: RouteTrace[] = []
      for (const model of models()) {
        const route = toRoute(model, request, quote)
        const obstacle = tried.includes(model.id)
          ? 'already tried'
          : (whyNever(model, request) ?? barred(model, request.tenantId))
        const overLimit = obstacle === null ? whyTooDear(route, request) : null
        if (overLimit !== null) tooDear.push(route)
        const down = (obstacle ?? overLimit) === null ? outage(model) : null
        if (down !== null) isOutage = true
        const why = obstacle ?? overLimit ?? down
        if (why === null) able.push(route)
        else passedOver.push({ ...common, ...toTrace(route), verdict: 'passed-over', why })
      }
      const ranked = rankRoutes(strategy, request, await factsFor(strategy, request, able), able)
      const routes = failedLast(
        ranked.map(({ route, why }) => ({ ...route, why: `${why}; ${route.why}` })),
        request.failedProviders ?? [],
      )
      const trace = routes.map((route, place) => ({
        ...common,
        ...toTrace(route),
        verdict: place === 0 ? ('chosen' as const) : ('passed-over' as const),
        why: route.why,
      }))
      return { strategy, routes, trace: [...trace, ...passedOver], cheapestOverLimit: cheapest(tooDear), isOutage }
    },
  }
}

/** Another model of a provider that is down, or over its quota, is only better than nothing. */
function failedLast(routes: readonly Route[], failed: readonly string[]): readonly Route[] {
  const hasFailed = ({ provider }: Route) => failed.includes(provider)
  const last = routes
    .filter(hasFailed)
    .map((route) => ({ ...route, why: `${route.provider} has just failed; ${route.why}` }))
  return [...routes.filter((route) => !hasFailed(route)), ...last]
}

/** The first thing that keeps the model from this request for good, or null. */
function whyNever(model: Model, request: RouteRequest): string | null {
  if (request.model !== undefined && model.id !== request.model) return `only ${request.model} was asked for`
  // One that follows a driving video of ours gets our speech under its film.
  if (model.yields === 'silent-video' && model.drive !== 'performance') return 'it cannot speak'
  if (model.yields === 'speech') return 'it makes only a voice'
  if (!model.languages.includes(request.language)) return `it does not speak '${request.language}'`
  if (request.recorded && !model.takesRecordings) return 'it cannot speak a recording'
  const isStretched = model.seconds.whole || model.clipSeconds !== undefined
  if (request.seconds < model.seconds.min && !isStretched) return `it does nothing shorter than ${model.seconds.min} s`
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

function whyTooDear({ estimate }: Route, { costLimit }: RouteRequest): string | null {
  if (!costLimit) return null
  if (!estimate) return 'its price is unknown, and there is a cost limit'
  return estimate.micros > costLimit.micros ? `${money(estimate)} is over the cost limit of ${money(costLimit)}` : null
}

function cheapest(routes: readonly Route[]): Route | null {
  const priced = routes.filter(({ estimate }) => estimate !== null)
  return priced.sort((a, b) => a.estimate!.micros - b.estimate!.micros)[0] ?? null
}

function toRoute(model: Model, request: RouteRequest, quote: RouterParts['quote']): Route {
  const { sentSeconds, cost: estimate } = quote(model, request)
  const cost = estimate ? `${money(estimate)} for ${sentSeconds.toFixed(1)} s` : 'price unknown'
  return { provider: model.provider, model, sentSeconds, estimate, why: `${model.tier} tier, ${cost}` }
}

const toTrace = ({ provider, model, estimate }: Route) => ({ provider, model: model.id, estimate })

/** Expected seconds from the start of the work to its end. */
function workSeconds({ model, sentSeconds }: Route, { quality }: RouteRequest, measured: number | null): number {
  const { startSeconds, secondsPerSecond } = model.typicalWork
  return measured === null ? startSeconds + sentSeconds * secondsPerSecond[quality] : sentSeconds * measured
}

const money = ({ micros, currency }: Amount) => `${(micros / 1e6).toFixed(2)} ${currency}`
