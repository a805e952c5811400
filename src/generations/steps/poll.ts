/** One look at the operation under way; the next look is another job, so no worker waits. */
import { commitStep } from '../commit-step.ts'
import { overallProgress } from '../track-progress.ts'
import { completeCall } from './start.ts'
import { openAttempt, type RunStep } from './step.ts'

export const poll: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, provider } = open
  const call = attempt.calls.find(({ state }) => state === 'pending')
  if (!call || !provider.status) throw new Error(`attempt ${attempt.id} has no operation to poll`)

  const scratch = await parts.media.scratch(work.id)
  try {
    const status = await provider.status(call.operation as Parameters<typeof provider.status>[0], {
      signal,
      scratch: scratch.path,
    })
    if (status.kind === 'completed') return await completeCall(parts, work, open, call, status.outputs)
    if (status.kind === 'failed') throw status.failure
    const { progress, pollAfterSeconds = provider.polling?.everySeconds ?? 5 } = status
    await commitStep(parts, work, {
      changes: progress ? { progress: overallProgress(progress.fraction) } : {},
      events: progress
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
      next: { step: 'poll', delaySeconds: pollAfterSeconds },
    })
  } finally {
    await scratch.dispose()
  }
}
