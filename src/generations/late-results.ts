/**
 * A vendor that was given up on may finish all the same. While the work is open such a result is taken in where nothing else
 * would be paid for as well; after that its cost is the house's, and never the user's twice.
 */
import { VendorFailure } from '../errors.ts'
import { askVendor } from './ask-vendor.ts'
import { commitWithin } from './commit-step.ts'
import { operationOf } from './kept-operation.ts'
import type { AttemptEnd, Clock, GenerationTransaction } from './ports.ts'
import type { AttemptWithCalls, StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** How the attempt that is left for it ends. */
export interface LeftFor {
  readonly end: AttemptEnd
  readonly callEnd: Pick<Call, 'id' | 'state'> | null
}

/** @returns true when a late result was found and its attempt goes on. @throws Overtaken */
export async function adoptLateResult(
  parts: StepParts,
  work: Work,
  attempts: readonly AttemptWithCalls[],
  left: LeftFor,
): Promise<boolean> {
  for (const attempt of attempts) {
    if (attempt.state !== 'expired' && attempt.state !== 'unknown') continue
    const call = attempt.calls.at(-1)
    // The one that has just been given up on was asked a moment ago.
    if (!call || call.id === left.callEnd?.id || !(await isFinished(parts, attempt, call))) continue
    await parts.store.transaction((tx) => adoptWithin(tx, parts.clock, work, attempt, call, left))
    return true
  }
  return false
}

/** Ends the attempt under way and goes on with the earlier one, whose result is there. @throws Overtaken */
export async function adoptWithin(
  tx: GenerationTransaction,
  clock: Clock,
  work: Work,
  attempt: Pick<AttemptWithCalls, 'id' | 'ordinal' | 'provider'>,
  call: Call,
  { end, callEnd }: LeftFor,
): Promise<void> {
  await commitWithin(tx, clock, work, {
    changes: {},
    events: [{ type: 'step', step: 'poll', attempt: attempt.ordinal, provider: attempt.provider }],
    next: { step: 'poll' },
    async write(tx) {
      if (callEnd) await tx.updateCall(callEnd.id, { state: callEnd.state, finishedAt: clock.now() })
      await tx.endAttempt(work.id, end)
      await tx.reopenAttempt(attempt.id)
      await tx.updateCall(call.id, { state: 'pending', finishedAt: null, deadlineAt: work.deadlineAt })
    },
  })
}

/** What vendors finished for a work that is over by now: the house pays it. */
export async function settleLateResults(parts: StepParts, work: Work): Promise<void> {
  for (const attempt of await parts.store.listAttempts(work.id)) {
    const call = attempt.calls.at(-1)
    const isOpen = attempt.cost === null && (attempt.state === 'expired' || attempt.state === 'unknown')
    if (!isOpen || !call || !attempt.estimate || !(await isFinished(parts, attempt, call))) continue
    const cost = attempt.estimate
    await parts.store.transaction((tx) => tx.settleAttempt(attempt.id, cost, 'house'))
    const { provider, model } = attempt
    const seconds = (parts.clock.now().getTime() - attempt.createdAt.getTime()) / 1000
    const { tenantId } = work
    parts.vendors.settled({ provider, model, tenantId, cost, bearer: 'house', seconds, metrics: null })
    parts.log.warn(
      { event: 'late_result', work_id: work.id, provider, call_id: call.id, cost_micros: cost.micros },
      'a vendor finished too late; the house pays',
    )
  }
}

/** One look; whatever goes wrong with it means no. */
async function isFinished(parts: StepParts, attempt: AttemptWithCalls, call: Call): Promise<boolean> {
  const provider = parts.providers.get(attempt.provider)
  const operation = operationOf(call)
  if (!provider?.status || operation === null) return false
  if (operation.kind === 'finished') return true
  const { status } = provider
  const scratch = await parts.media.scratch(attempt.workId)
  try {
    const signal = AbortSignal.timeout(lookMs)
    const model = { id: attempt.model, provider: attempt.provider }
    const found = await askVendor(parts, model, 'status', signal, () =>
      status(operation.handle, { signal, scratch: scratch.path }),
    )
    return !(found instanceof VendorFailure) && found.kind === 'completed'
  } catch {
    return false
  } finally {
    await scratch.dispose()
  }
}

const lookMs = 15_000
