/**
 * Makes the attempt's next call. The call's row is committed before anything leaves this process, under a unique
 * (attempt, ordinal): after a crash it is found again, and only sent again where the vendor knows it by its key.
 */
import { VendorFailure } from '../../errors.ts'
import { afterVendorFailure, clearUp } from '../after-vendor-failure.ts'
import { askVendor } from '../ask-vendor.ts'
import { endedCalls, isOver, plannedCall } from '../ended-calls.ts'
import { fallBack } from '../fall-back.ts'
import { leaveCalls } from '../leave-calls.ts'
import { leaveToSend } from '../leave-to-send.ts'
import { materialFor } from '../material.ts'
import { progressShare } from '../progress-share.ts'
import { takeAgain } from '../take-again.ts'
import { takeOutcome } from '../take-outcome.ts'
import { trackProgress } from '../track-progress.ts'
import type { Call, Work } from '../work.ts'
import { routeCall, sendAgain, writeCall } from '../write-call.ts'
import { type OpenAttempt, openAttempt, type RunStep, type StepParts, speakingRequest } from './step.ts'

export const start: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, provider, model } = open
  const request = await speakingRequest(parts, work, model.id)
  const plan = plannedCall(provider, request, attempt.calls)
  // Only after a call that was lost: one that is completed moves on by itself.
  if (plan === 'done') return leaveCalls(parts, work, open)
  if (plan === 'hopeless') return fallBack(parts, work, open, null, tooLittle())

  const left = attempt.calls.find((call) => !isOver(call))
  if (left?.state === 'unknown') return lookUp(parts, work, open, left, signal)
  if (left?.state === 'started' && !model.dedupesByKey && !plan.free) {
    // A process ended between writing the row and writing what came of it.
    return clearUp(parts, work, open, left, new VendorFailure('cut-off', { cause: new Error('the process ended') }))
  }
  if (!left && plan.reuseKey !== undefined && (await takeAgain(parts, work, open, plan.reuseKey, plan.name))) return
  if (left?.state !== 'started' && !(await leaveToSend(parts, work, open))) return

  const call = left
    ? await sendAgain(parts, work, left)
    : await writeCall(parts, work, open, routeCall(parts, open, plan, work.estimate.cost.currency))
  const scratch = await parts.media.scratch(work.id)
  const progress = trackProgress(parts, work, signal)
  try {
    const material = await materialFor(parts, model, attempt.calls, scratch.path, progress.signal)
    const outcome = await askVendor(parts, model, 'start', progress.signal, () =>
      provider.start(plan, request, {
        idempotencyKey: call.id,
        signal: progress.signal,
        scratch: scratch.path,
        onProgress: ({ fraction, ...told }) =>
          progress.report({ ...told, fraction: progressShare(model, 'calls', fraction, plan.span) }),
        callbackUrl: parts.callbackUrl(provider.id),
        ended: endedCalls(attempt.calls),
        material,
      }),
    )
    await progress.settle()
    if (outcome instanceof VendorFailure) return await afterVendorFailure(parts, work, open, call, outcome, 'before')
    parts.at('submitted')
    parts.guard.accepted(model)
    await takeOutcome(parts, work, open, call, outcome, signal)
  } catch (error) {
    throw progress.stopped() ?? error
  } finally {
    await progress.close()
    await scratch.dispose()
  }
}

/** Asks the vendor whether it took a call of which nobody can tell. */
async function lookUp(parts: StepParts, work: Work, open: OpenAttempt, call: Call, signal: AbortSignal): Promise<void> {
  const { provider, model } = open
  const { find } = provider
  if (!find) throw new Error(`nobody can look up call ${call.id}`)
  const found = await askVendor(parts, model, 'find', signal, () => find(call.id, { signal }))
  if (found instanceof VendorFailure) return afterVendorFailure(parts, work, open, call, found, 'lookup')
  if (found) return takeOutcome(parts, work, open, call, found, signal)
  const never = new VendorFailure('unreachable', { cause: new Error('the vendor never took the call') })
  await afterVendorFailure(parts, work, open, call, never, 'before')
}

function tooLittle(): VendorFailure {
  return new VendorFailure('vendor-failed', { cause: new Error('too many of its calls are lost') })
}
