/** The end that nobody wants, committed like any other step: the row, the open attempt and the event in one transaction. */
import { Failure, toFailureRecord } from '../errors.ts'
import { commitStep, Overtaken } from './commit-step.ts'
import { type Attempt, type Generation, isFinal } from './generation.ts'
import type { AdvanceJob, GenerationTransaction } from './ports.ts'
import type { StepParts } from './steps/step.ts'

export type FailParts = Pick<StepParts, 'store' | 'clock' | 'log'>

/** @throws Overtaken */
export async function failGeneration(parts: FailParts, generation: Generation, failure: Failure): Promise<void> {
  const record = toFailureRecord(failure)
  const attempts = await parts.store.listAttempts(generation.id)
  await commitStep(parts, generation, {
    changes: { status: 'failed', step: null, finishedAt: parts.clock.now(), failure: record },
    events: [{ type: 'failed', failure: record }],
    write: closeAttempt(parts, attempts, failure),
  })
  parts.log.error(
    {
      event: 'generation_failed',
      generation_id: generation.id,
      request_id: generation.requestId,
      code: record.code,
      reason: record.reason,
    },
    'generation failed',
  )
}

/** The write that ends the open attempt with the failure, if there is one. */
export function closeAttempt({ clock }: Pick<FailParts, 'clock'>, attempts: readonly Attempt[], failure: Failure) {
  return async (tx: GenerationTransaction): Promise<void> => {
    const open = attempts.find(({ state }) => state === 'open')
    if (!open) return
    const state = failure.code === 'TIMEOUT' ? 'expired' : 'failed'
    await tx.updateAttempt(open.id, { state, failure: toFailureRecord(failure), finishedAt: clock.now() })
  }
}

/** For a job whose every run died with its process: better a failed generation than one that is never heard of again. */
export function abandonGeneration(
  parts: FailParts,
): (job: Pick<AdvanceJob, 'generationId' | 'version'>) => Promise<void> {
  return async ({ generationId, version }) => {
    const generation = await parts.store.loadGeneration(generationId)
    if (!generation || isFinal(generation.status) || generation.version !== version) return
    const failure = new Failure('UNKNOWN_ERROR', {
      reason: 'gave-up',
      message: 'The work was started several times and broken off each time.',
      hint: 'Try again; if it happens again, report the generation id.',
    })
    try {
      await failGeneration(parts, generation, failure)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
    }
  }
}
