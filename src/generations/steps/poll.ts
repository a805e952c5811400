/** One look at the operation under way; the next look is another job, so no worker waits. */
import { VendorFailure } from '../../errors.ts'
import type { CallProgress } from '../../providers/provider.ts'
import { afterVendorFailure } from '../after-vendor-failure.ts'
import { askVendor } from '../ask-vendor.ts'
import { commitStep } from '../commit-step.ts'
import { completeCall } from '../complete-call.ts'
import { operationOf } from '../kept-operation.ts'
import { pollDelaySeconds } from '../poll-delay.ts'
import { overallProgress } from '../track-progress.ts'
import { withdraw } from '../withdraw.ts'
import type { Call, Work } from '../work.ts'
import { type OpenAttempt, openAttempt, type RunStep, type StepParts } from './step.ts'

export const poll: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, provider, model } = open
  const call = attempt.calls.find(({ state }) => state === 'pending')
  const operation = call && operationOf(call)
  if (!call || !operation) throw new Error(`attempt ${attempt.id} has no operation to poll`)
  if (operation.kind === 'finished') return completeCall(parts, work, open, call, operation.result, signal)
  const { status } = provider
  if (!status) throw new Error(`the provider '${provider.id}' cannot look at an operation`)

  const now = parts.clock.now()
  if (now >= call.deadlineAt) return giveUp(parts, work, open, call)
  const { requestsPerMinute } = provider.limits
  const rateSeconds = requestsPerMinute === null ? 0 : await parts.takeRate(provider.id, requestsPerMinute)
  if (rateSeconds > 0) return lookAgain(parts, work, null, rateSeconds)

  const scratch = await parts.media.scratch(work.id)
  try {
    const found = await askVendor(parts, model, 'status', signal, () =>
      status(operation.handle, { signal, scratch: scratch.path }),
    )
    if (found instanceof VendorFailure) return await afterVendorFailure(parts, work, open, call, found, 'after')
    if (found.kind === 'failed') {
      const { failure, cost = null } = found
      if (cost) await parts.store.transaction((tx) => tx.updateCall(call.id, { reportedCost: cost }))
      return await afterVendorFailure(parts, work, open, { ...call, reportedCost: cost }, failure, 'after')
    }
    if (found.kind === 'completed') return await completeCall(parts, work, open, call, found, signal)
    const delaySeconds = Math.max(found.pollAfterSeconds ?? 0, pollDelaySeconds(provider.polling, call, now))
    const estimate = found.estimate ? parts.convert(found.estimate) : null
    const isNews = estimate !== null && estimate.micros !== call.estimate?.micros
    await lookAgain(parts, work, found.progress, delaySeconds, isNews ? { id: call.id, estimate } : null)
  } finally {
    await scratch.dispose()
  }
}

async function lookAgain(
  parts: StepParts,
  work: Work,
  progress: CallProgress | null,
  delaySeconds: number,
  news: Pick<Call, 'id' | 'estimate'> | null = null,
): Promise<void> {
  const reached = progress ? overallProgress(progress.fraction) : 0
  const told = progress !== null && reached > work.progress
  await commitStep(parts, work, {
    changes: told ? { progress: reached } : {},
    events: told
      ? [
          {
            type: 'progress',
            step: 'poll',
            stage: progress.stage,
            done: progress.done,
            total: progress.total,
            etaSeconds: null,
          },
        ]
      : [],
    next: { step: 'poll', delaySeconds },
    ...(news && { write: (tx) => tx.updateCall(news.id, { estimate: news.estimate }) }),
  })
}

/** Its time is over: the vendor is asked to stop, and another route is taken. */
async function giveUp(parts: StepParts, work: Work, open: OpenAttempt, call: Call): Promise<void> {
  await withdraw(parts, open, call)
  await afterVendorFailure(parts, work, open, call, new VendorFailure('deadline'), 'after')
}
