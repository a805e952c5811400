/** The generation is done: cost settled, outcome told. */
import { commitStep } from '../commit-step.ts'
import { openAttempt, type RunStep } from './step.ts'

export const finish: RunStep = async (parts, generation) => {
  const { attempt, provider } = await openAttempt(parts, generation)
  const { output } = generation
  if (!output) throw new Error(`generation ${generation.id} finishes without an output`)
  const now = parts.clock.now()
  const price = provider.models.find(({ id }) => id === attempt.model)?.price
  const cost = {
    micros: Math.ceil((price?.microsPerSecond ?? 0) * output.seconds),
    currency: price?.currency ?? generation.estimate.cost.currency,
  }
  const seconds = (now.getTime() - (generation.startedAt ?? now).getTime()) / 1000
  await commitStep(parts, generation, {
    changes: { status: 'completed', step: null, progress: 100, finishedAt: now, cost },
    events: [{ type: 'completed', output, cost, seconds }],
    write: (tx) => tx.updateAttempt(attempt.id, { state: 'succeeded', finishedAt: now }),
  })
  parts.log.info(
    {
      event: 'generation_completed',
      generation_id: generation.id,
      tenant_id: generation.tenantId,
      request_id: generation.requestId,
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
