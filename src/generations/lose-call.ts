/** The attempt goes on without a call that its provider can do without. */
import { toFailureRecord, type VendorFailure } from '../errors.ts'
import type { CallPlan } from '../providers/provider.ts'
import { commitStep } from './commit-step.ts'
import { leftoverKeys, plannedCall } from './ended-calls.ts'
import { fallBack, type Leaving } from './fall-back.ts'
import { type OpenAttempt, type StepParts, speakingRequest } from './steps/step.ts'
import type { Call, Work } from './work.ts'

/** How a call that went wrong is left: the route with it, or only the call. */
export async function howToLeave(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call,
  failure: VendorFailure,
): Promise<typeof fallBack> {
  // Refused content is refused for good, and an account that is shut is shut for the next call, too.
  if (failure.fault === 'policy' || parts.failureTable[failure.fault].blame === 'account') return fallBack
  return (await planOf(parts, work, open, call))?.optional ? loseCall : fallBack
}

/** Whether nothing is paid for it, however often it is sent. */
export async function isFree(parts: StepParts, work: Work, open: OpenAttempt, call: Call): Promise<boolean> {
  return (await planOf(parts, work, open, call))?.free ?? false
}

async function planOf(
  parts: StepParts,
  work: Work,
  { attempt, provider, model }: OpenAttempt,
  call: Call,
): Promise<CallPlan | null> {
  const others = attempt.calls.filter(({ id }) => id !== call.id)
  const plan = plannedCall(provider, await speakingRequest(parts, work, model.id), others)
  return typeof plan !== 'string' && plan.name === call.name ? plan : null
}

/** @throws Overtaken */
async function loseCall(
  parts: StepParts,
  work: Work,
  open: OpenAttempt,
  call: Call | null,
  failure: VendorFailure,
  { fate }: Leaving = {},
): Promise<void> {
  if (!call) return fallBack(parts, work, open, call, failure)
  await commitStep(parts, work, {
    changes: {},
    next: { step: 'start', runsHere: open.model.runsHere },
    write: (tx) =>
      tx.updateCall(call.id, {
        state: fate === 'open' ? 'unknown' : 'failed',
        failure: toFailureRecord(failure),
        finishedAt: parts.clock.now(),
      }),
  })
  for (const key of leftoverKeys([call])) await parts.media.remove(key)
}
