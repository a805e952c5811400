/**
 * Leaves a route: its attempt ends, and the next one is chosen. Where there is none, a result that an earlier vendor may
 * have finished late is looked for before the work is failed.
 */
import { toFailureRecord, type VendorFailure } from '../errors.ts'
import { costForNothing } from './call-costs.ts'
import { commitStep } from './commit-step.ts'
import { leftoverKeys } from './ended-calls.ts'
import { failWork } from './fail-work.ts'
import type { Money } from './generation.ts'
import { adoptLateResult } from './late-results.ts'
import type { AttemptEnd } from './ports.ts'
import { routesLeft } from './steps/choose.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

export interface Leaving {
  /** 'open': the vendor may still finish it, and be paid. */
  readonly fate?: 'closed' | 'open'
  /** It is to be paid although it came to nothing. */
  readonly houseCost?: boolean
}

/** @param call the one that went wrong; null when none was made. @throws Overtaken */
export async function fallBack(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call | null,
  failure: VendorFailure,
  leaving: Leaving = {},
): Promise<void> {
  const { attempt, provider, model } = open
  const isOpen = leaving.fate === 'open'
  const cost = costForNothing(parts, attempt.calls, call, leaving.houseCost)
  const end: AttemptEnd = {
    state: isOpen ? (failure.fault === 'deadline' ? 'expired' : 'unknown') : 'failed',
    failure: toFailureRecord(failure),
    finishedAt: parts.clock.now(),
    ...(cost ? { cost, costBearer: 'house' } : {}),
  }
  const callEnd = call && { id: call.id, state: isOpen ? ('unknown' as const) : ('failed' as const) }
  const attempts = await parts.store.listAttempts(work.id)
  const after = attempts.map((other) => (other.id === attempt.id ? { ...other, ...end } : other))
  const next = (await routesLeft(parts, work, after)).routes[0]?.provider
  if (!next && (await adoptLateResult(parts, work, after, { end, callEnd }))) return parts.slotFreed(provider.id)
  if (next) {
    await commitStep(parts, work, {
      changes: {},
      events: [{ type: 'step', step: 'choose', attempt: attempts.length + 1, provider: null }],
      next: { step: 'choose' },
      async write(tx) {
        if (callEnd) await tx.updateCall(callEnd.id, { state: callEnd.state, finishedAt: parts.clock.now() })
        await tx.endAttempt(work.id, end)
      },
    })
    parts.vendors.fellBack({ from: provider.id, to: next, fault: failure.fault })
  } else {
    await failWork(parts, work, failure, { call: callEnd, end })
  }
  if (cost) tellHouseCost(parts, work, open, cost)
  for (const key of leftoverKeys(attempt.calls)) await parts.media.remove(key)
  parts.slotFreed(model.provider)
}

function tellHouseCost(
  { vendors, convert, clock }: StepParts,
  work: Work,
  { attempt }: OpenAttempt,
  cost: Money,
): void {
  vendors.settled({
    provider: attempt.provider,
    model: attempt.model,
    tenantId: work.tenantId,
    cost: convert(cost) ?? cost,
    bearer: 'house',
    seconds: (clock.now().getTime() - attempt.createdAt.getTime()) / 1000,
    metrics: null,
  })
}
