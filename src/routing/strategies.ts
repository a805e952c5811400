/**
 * In which order able models are tried. A strategy is a list of criteria, most important first: the first criterion in which
 * two routes differ decides between them, and says why the lesser one came after. Every list ends with quality and cost, then
 * the installation's preference, then the name, so that the same facts always give the same order.
 *
 * `quality-cost`: premium takes models by tier downward, then by estimate; standard and economy take the cheapest that reaches
 * the tier, lesser ones after. `priority` and `cheapest` look at nothing else first. The four that share work out
 * (`round-robin`, `weighted`, `least-loaded`, `latency`) do so among the models that reach the tier. An unknown price ranks
 * after every known one.
 */
import { createHash } from 'node:crypto'
import type { QualityTier } from '../providers/model.ts'
import type { Route, RouteRequest } from './ai-service-router.ts'

export const strategies = [
  'quality-cost',
  'priority',
  'round-robin',
  'weighted',
  'least-loaded',
  'latency',
  'cheapest',
] as const
export type Strategy = (typeof strategies)[number]

/** What is known when the routes are ranked. */
export interface RankFacts {
  /** Place in the installation's preference, 0 is most wanted. */
  readonly preference: (provider: string) => number
  /** A provider's share of the draws, 0 or more. */
  readonly weight: (provider: string) => number
  /** Counts up from one work to the next. */
  readonly turn: number
  /** Taken places of those there are, by model id: 0 idle, 1 full, more when others wait. */
  readonly load: ReadonlyMap<string, number>
  /** Expected seconds of work, by model id. */
  readonly seconds: ReadonlyMap<string, number>
}

export interface RankedRoute {
  readonly route: Route
  readonly why: string
}

interface Criterion {
  /** Less is better. */
  readonly of: (route: Route) => number
  /** Why a route came after one that is better in this. */
  readonly behind: (route: Route) => string
}

interface Ranking {
  readonly criteria: readonly Criterion[]
  /** What the first one is. */
  readonly best: (route: Route) => string
}

type RankBy = (request: RouteRequest, facts: RankFacts, routes: readonly Route[]) => Ranking

const tierRank: Readonly<Record<QualityTier, number>> = { economy: 0, standard: 1, premium: 2 }

const cheaper: Criterion = {
  of: ({ estimate }) => estimate?.micros ?? Number.POSITIVE_INFINITY,
  behind: ({ estimate }) => (estimate ? 'dearer' : 'its price is unknown'),
}
const finer: Criterion = { of: ({ model }) => -tierRank[model.tier], behind: () => 'of a lower tier' }
const byName: Criterion = { of: () => 0, behind: () => 'as good, later by name' }

const reaches = ({ quality }: RouteRequest): Criterion => ({
  of: ({ model }) => Number(tierRank[model.tier] < tierRank[quality]),
  behind: () => `it does not reach ${quality}`,
})
const preferred = ({ preference }: RankFacts): Criterion => ({
  of: ({ provider }) => preference(provider),
  behind: () => 'as good, less preferred',
})
const qualityAndCost = (request: RouteRequest, facts: RankFacts): readonly Criterion[] => [
  request.quality === 'premium' ? finer : reaches(request),
  cheaper,
  preferred(facts),
  byName,
]

/** Deals work out by one criterion of the provider among the models that reach the tier. */
const sharing =
  (criterion: (...known: Parameters<RankBy>) => Criterion & { readonly best: (route: Route) => string }): RankBy =>
  (request, facts, routes) => {
    const { best, ...first } = criterion(request, facts, routes)
    return { best, criteria: [reaches(request), first, ...qualityAndCost(request, facts)] }
  }

const rankings: Readonly<Record<Strategy, RankBy>> = {
  'quality-cost': (request, facts) => ({
    best(route) {
      if (reaches(request).of(route) > 0) return `nobody who can reaches ${request.quality}; best of the others`
      return request.quality === 'premium' ? `best tier (${route.model.tier})` : `cheapest for ${request.quality}`
    },
    criteria: qualityAndCost(request, facts),
  }),

  priority: (request, facts) => ({
    best: () => 'most preferred',
    criteria: [{ ...preferred(facts), behind: () => 'less preferred' }, ...qualityAndCost(request, facts)],
  }),

  cheapest: (request, facts) => ({
    best: ({ estimate }) => (estimate ? 'cheapest of all' : 'no price is known'),
    criteria: [cheaper, ...qualityAndCost(request, facts)],
  }),

  'round-robin': sharing((request, facts, routes) => {
    const inTurn = providersInTurn(request, facts, routes)
    return {
      of: ({ provider }) => inTurn.indexOf(provider),
      best: () => (inTurn.length > 1 ? 'its turn' : 'its turn, as the only one'),
      behind: () => 'not its turn',
    }
  }),

  weighted: sharing((request, { weight }, routes) => {
    const providers = [...new Set(routes.map(({ provider }) => provider))]
    const total = providers.reduce((sum, provider) => sum + weight(provider), 0)
    const share = ({ provider }: Route) => `weight ${weight(provider)} of ${total}`
    return {
      of: ({ provider }) => waitingTime(request.seed, provider, weight(provider)),
      best: (route) => `drawn by ${share(route)}`,
      behind: (route) => `not drawn (${share(route)})`,
    }
  }),

  'least-loaded': sharing((_request, { load }) => {
    const busy = ({ model }: Route) => `${Math.round((load.get(model.id) ?? 0) * 100)} % busy`
    return {
      of: ({ model }) => load.get(model.id) ?? 0,
      best: (route) => `least loaded (${busy(route)})`,
      behind: (route) => `more loaded (${busy(route)})`,
    }
  }),

  latency: sharing((_request, { seconds }) => {
    const expected = ({ model }: Route) => seconds.get(model.id) ?? Number.POSITIVE_INFINITY
    return {
      of: expected,
      best: (route) => `fastest (about ${expected(route).toFixed(0)} s)`,
      behind: (route) => `slower (about ${expected(route).toFixed(0)} s)`,
    }
  }),
}

/** Best first. */
export function rankRoutes(
  strategy: Strategy,
  request: RouteRequest,
  facts: RankFacts,
  routes: readonly Route[],
): readonly RankedRoute[] {
  const { criteria, best } = rankings[strategy](request, facts, routes)
  const sorted = [...routes].sort((a, b) => compare(criteria, a, b) || compareNames(a.model.id, b.model.id))
  return sorted.map((route, place) => {
    const first = sorted[0]!
    if (place === 0) return { route, why: best(route) }
    const decisive = criteria.find(({ of }) => of(route) !== of(first)) ?? byName
    return { route, why: `ranked ${ordinal(place + 1)}: ${decisive.behind(route)}` }
  })
}

function compare(criteria: readonly Criterion[], a: Route, b: Route): number {
  for (const { of } of criteria) {
    const [left, right] = [of(a), of(b)]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}

const compareNames = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** Providers of the routes that reach the tier, in the order of preference, from the one whose turn it is; then the others. */
function providersInTurn(request: RouteRequest, { preference, turn }: RankFacts, routes: readonly Route[]): string[] {
  const ordered = [...routes].sort(
    (a, b) => preference(a.provider) - preference(b.provider) || compareNames(a.provider, b.provider),
  )
  const { of: isBelow } = reaches(request)
  const providers = [...new Set(ordered.filter((route) => !isBelow(route)).map(({ provider }) => provider))]
  const start = providers.length > 0 ? turn % providers.length : 0
  const others = ordered.map(({ provider }) => provider)
  return [...new Set([...providers.slice(start), ...providers.slice(0, start), ...others])]
}

/**
 * Whose exponential clock rings first is drawn, with chances as the weights (Efraimidis and Spirakis). The clock is wound by
 * the seed: the same work draws the same again, in any process.
 */
function waitingTime(seed: string, provider: string, weight: number): number {
  const drawn = createHash('sha256').update(`${seed} ${provider}`).digest().readUIntBE(0, 6) + 1
  return weight > 0 ? -Math.log(drawn / (2 ** 48 + 1)) / weight : Number.POSITIVE_INFINITY
}

function ordinal(place: number): string {
  const ending = ['th', 'st', 'nd', 'rd'][place % 100 > 10 && place % 100 < 14 ? 0 : place % 10] ?? 'th'
  return `${place}${ending}`
}
