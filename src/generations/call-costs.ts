/** What calls cost: as their vendor says, else as they should. A call that may have been taken counts as one that was. */
import type { Model } from '../providers/model.ts'
import type { CallPlan } from '../providers/provider.ts'
import type { Money } from './generation.ts'
import type { VendorParts } from './vendor-parts.ts'
import type { Attempt, Call } from './work.ts'

type Prices = Pick<VendorParts, 'priceOf' | 'convert'>

/** In the installation's currency; null: the price is unknown. */
export function estimateCall(
  { priceOf }: Pick<VendorParts, 'priceOf'>,
  model: Model,
  { sentSeconds }: Pick<Attempt, 'sentSeconds'>,
  plan: CallPlan,
  currency: string,
): Money | null {
  if (plan.free) return { micros: 0, currency }
  return priceOf(model, { seconds: plan.seconds ?? sentSeconds })
}

/** Null: there is none, or nobody knows the price of one. */
export function costOfCalls({ convert }: Pick<Prices, 'convert'>, calls: readonly Call[]): Money | null {
  const costs = calls.filter(wasOrMayBeTaken).map((call) => costOf(convert, call))
  const [first] = costs
  if (!first || costs.some((cost) => cost === null)) return null
  return { micros: costs.reduce((sum, cost) => sum + cost!.micros, 0), currency: first.currency }
}

function costOf(convert: Prices['convert'], { reportedCost, estimate }: Call): Money | null {
  return (reportedCost && convert(reportedCost)) ?? estimate
}

function wasOrMayBeTaken({ maker, state, reportedCost }: Call): boolean {
  if (maker === 'house') return false
  // What failed is paid only where its vendor says so.
  return state === 'completed' || state === 'unknown' || (state === 'failed' && reportedCost !== null)
}

/**
 * What was paid although it came to nothing: the calls before, and this one where it is to be paid or its vendor says that it was.
 * @param call the one that went wrong, with what its vendor says of its cost
 */
export function costForNothing(
  parts: Pick<Prices, 'convert'>,
  calls: readonly Call[],
  call: Call | null,
  isPaid = false,
): Money | null {
  const before = calls.filter(({ id }) => id !== call?.id)
  const state = isPaid ? ('completed' as const) : ('failed' as const)
  const cost = costOfCalls(parts, call ? [...before, { ...call, state }] : before)
  return cost && cost.micros > 0 ? cost : null
}
