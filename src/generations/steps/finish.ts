/** The work is done: cost settled, outcome told to all who waited. The cost is that of making the video, told to each. */
import { commitStep } from '../commit-step.ts'
import { forgetRecording } from '../recordings.ts'
import { openAttempt, type RunStep } from './step.ts'

export const finish: RunStep = async (parts, work) => {
  const { attempt } = await openAttempt(parts, work)
  const { output } = work
  if (!output) throw new Error(`work ${work.id} finishes without an output`)
  const now = parts.clock.now()
  const cost = attempt.estimate ?? { micros: 0, currency: work.estimate.cost.currency }
  const seconds = (now.getTime() - (work.startedAt ?? now).getTime()) / 1000
  const { generationIds } = await commitStep(parts, work, {
    changes: { state: 'done', step: null, progress: 100, finishedAt: now },
    outcome: { cost },
    events: [{ type: 'completed', output, cost, seconds }],
    write: (tx) => tx.endAttempt(work.id, { state: 'succeeded', failure: null, finishedAt: now }),
  })
  await forgetRecording(parts, work)
  parts.log.info(
    {
      event: 'generation_completed',
      work_id: work.id,
      generation_ids: generationIds,
      tenant_id: work.tenantId,
      request_id: work.requestId,
      provider: attempt.provider,
      model: attempt.model,
      processing_seconds: seconds,
      video_seconds: output.seconds,
      cost_micros: cost.micros,
      currency: cost.currency,
    },
    'generation completed',
  )
}
