/** The work is done: cost settled, outcome told to all who waited. The cost is that of making the video, told to each. */
import type { QualityMetrics } from '../../providers/provider.ts'
import { costOfCalls } from '../call-costs.ts'
import { commitStep } from '../commit-step.ts'
import { leftoverKeys } from '../ended-calls.ts'
import { type Making, outputKeys } from '../generation.ts'
import { forgetRecording } from '../recordings.ts'
import { remarksOn } from '../remarks.ts'
import type { Call } from '../work.ts'
import { openAttempt, type RunStep, speakingRequest } from './step.ts'

export const finish: RunStep = async (parts, work) => {
  const { attempt, provider, model } = await openAttempt(parts, work)
  const { output } = work
  if (!output) throw new Error(`work ${work.id} finishes without an output`)
  const now = parts.clock.now()
  const { calls } = attempt
  const own = calls.filter(({ maker }) => maker === 'route')
  // The one that made the film: an upload before it, or a tidying up after it, has no job of its own.
  const call = own.findLast(({ providerJobId }) => providerJobId !== null) ?? own.at(-1)
  const cost = costOfCalls(parts, calls) ?? attempt.estimate ?? { micros: 0, currency: work.estimate.cost.currency }
  const qualityMetrics = (call?.metrics ?? null) as QualityMetrics | null
  const [first] = attempt.ordinal === 1 ? [] : await parts.store.listAttempts(work.id)
  const making: Making = {
    provider: attempt.provider,
    model: attempt.model,
    providerRequestId: call?.providerRequestId ?? null,
    providerJobId: call?.providerJobId ?? null,
    fallbackUsed: attempt.ordinal > 1,
    originalError: first?.failure ?? null,
    qualityMetrics,
    voice: voiceOf(calls),
    remarks: remarksOn(calls),
  }
  // Whoever was planned may not be whoever made it.
  const adjusted = provider.adjust(await speakingRequest(parts, work, model.id))
  const seconds = (now.getTime() - (work.startedAt ?? now).getTime()) / 1000
  const { generationIds } = await commitStep(parts, work, {
    changes: { state: 'done', step: null, progress: 100, finishedAt: now, making },
    outcome: { cost, adjusted },
    events: [{ type: 'completed', output, cost, seconds }],
    async write(tx) {
      await tx.endAttempt(work.id, { state: 'succeeded', failure: null, finishedAt: now, cost, costBearer: 'user' })
    },
  })
  await forgetRecording(parts, work)
  const kept = new Set(outputKeys(output))
  for (const key of leftoverKeys(calls)) if (!kept.has(key)) await parts.media.remove(key)
  parts.vendors.settled({
    provider: attempt.provider,
    model: attempt.model,
    tenantId: work.tenantId,
    cost,
    bearer: 'user',
    seconds,
    metrics: qualityMetrics,
  })
  parts.log.info(
    {
      event: 'generation_completed',
      work_id: work.id,
      generation_ids: generationIds,
      tenant_id: work.tenantId,
      request_id: work.requestId,
      provider: attempt.provider,
      model: attempt.model,
      provider_request_id: making.providerRequestId,
      provider_job_id: making.providerJobId,
      fallback_used: making.fallbackUsed,
      quality_metrics: qualityMetrics,
      processing_seconds: seconds,
      video_seconds: output.seconds,
      cost_micros: cost.micros,
      currency: cost.currency,
    },
    'generation completed',
  )
}

function voiceOf(calls: readonly Call[]): NonNullable<Making['voice']> | null {
  const { provider, model } = calls.find(({ maker, state }) => maker === 'voice' && state === 'completed') ?? {}
  return provider && model ? { provider, model } : null
}
