/** What to take within a budget, and what would fit where nothing does. */
import type { Route } from '../routing/ai-service-router.ts'
import type { Money, QualityTier } from './generation.ts'

/** Another request that would do. */
export type Alternative =
  /** Words that take so long; as a share of the script, so many of its characters. */
  | {
      readonly kind: 'shorter-script'
      readonly seconds: number
      readonly characters: number | null
      readonly route: Route
    }
  /** The quality that a cheaper model reaches. */
  | { readonly kind: 'lower-quality'; readonly quality: QualityTier; readonly route: Route }
  | { readonly kind: 'larger-budget'; readonly budget: Money; readonly route: Route }

export interface Advice {
  /** Null: nothing can be had as asked. */
  readonly route: Route | null
  readonly why: string
  readonly alternatives: readonly Alternative[]
}

const tierRank: Readonly<Record<QualityTier, number>> = { economy: 0, standard: 1, premium: 2 }
/** Nobody says anything in less. */
const shortestSeconds = 1

export interface Considered {
  /** Best first. */
  readonly options: readonly { readonly route: Route; readonly isWithinBudget: boolean | null }[]
  readonly quality: QualityTier
  readonly speechSeconds: number
  readonly script: string | null
  readonly budget: Money | null
  /** Who could do it, were it only so long; where nobody can as it is. */
  readonly ifShorter?: { readonly route: Route; readonly seconds: number }
  /** What speech of that length costs there; null: unknown. */
  readonly cost: (route: Route, speechSeconds: number) => Money | null
}

export function adviseOn(considered: Considered): Advice {
  const { options, quality, budget } = considered
  const [best] = options
  if (!best) return { route: null, why: 'No model can do this.', alternatives: onlyShorter(considered) }
  if (budget === null) return { route: best.route, why: `Ranked first: ${best.route.why}.`, alternatives: [] }
  const fitting = options.filter(({ isWithinBudget }) => isWithinBudget).map(({ route }) => route)
  const reaches = whoReaches(considered)
  const enough = fitting.find(reaches)
  if (enough) {
    const isFirst = enough === best.route
    const why = isFirst ? 'Ranked first, and within the budget' : 'The first in rank that is within the budget'
    return { route: enough, why: `${why}: ${enough.why}.`, alternatives: [] }
  }
  const lesser = fitting[0]
  return {
    route: null,
    why: lesser ? `Nothing that reaches ${quality} is within the budget.` : 'Nothing is within the budget.',
    alternatives: [
      ...(lesser ? [{ kind: 'lower-quality', quality: lesser.model.tier, route: lesser } as const] : []),
      ...shorter(considered, budget),
      ...larger(considered),
    ],
  }
}

/** Whose tier is enough; where nobody's is, a generation takes what there is, and so does the advice. */
function whoReaches({ options, quality }: Considered): (route: Route) => boolean {
  const isEnough = ({ model }: Route) => tierRank[model.tier] >= tierRank[quality]
  return options.some(({ route }) => isEnough(route)) ? isEnough : () => true
}

/** The longest speech that any model of the quality makes within the budget. */
function shorter(considered: Considered, budget: Money): readonly Alternative[] {
  const { options, speechSeconds, script, cost } = considered
  const reaches = whoReaches(considered)
  let best: { route: Route; seconds: number } | null = null
  for (const { route } of options) {
    if (!reaches(route)) continue
    const seconds = longestWithin((length) => {
      const price = cost(route, length)
      return price !== null && price.micros <= budget.micros
    }, speechSeconds)
    if (seconds !== null && (best === null || seconds > best.seconds)) best = { route, seconds }
  }
  if (!best) return []
  return [{ kind: 'shorter-script', ...best, characters: charactersIn(best.seconds, script, speechSeconds) }]
}

function onlyShorter({ ifShorter, script, speechSeconds }: Considered): readonly Alternative[] {
  if (!ifShorter) return []
  return [{ kind: 'shorter-script', ...ifShorter, characters: charactersIn(ifShorter.seconds, script, speechSeconds) }]
}

function charactersIn(seconds: number, script: string | null, speechSeconds: number): number | null {
  return script === null ? null : Math.floor((script.length * seconds) / speechSeconds)
}

/** In tenths of a second; a longer speech never costs less. */
function longestWithin(fits: (seconds: number) => boolean, below: number): number | null {
  let low = Math.round(shortestSeconds * 10)
  let high = Math.round(below * 10)
  if (low >= high || !fits(low / 10)) return null
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle / 10)) low = middle
    else high = middle
  }
  return low / 10
}

function larger(considered: Considered): readonly Alternative[] {
  const reaches = whoReaches(considered)
  const priced = considered.options
    .map(({ route }) => route)
    .filter((route) => route.estimate !== null && reaches(route))
    .sort((a, b) => a.estimate!.micros - b.estimate!.micros)
  const [cheapest] = priced
  return cheapest ? [{ kind: 'larger-budget', budget: cheapest.estimate!, route: cheapest }] : []
}
