/** The end that nobody wants, committed like any other step: the work, the open attempt and the events in one transaction. */
import { Failure, toFailureRecord } from '../errors.ts'
import { commitStep, Overtaken } from './commit-step.ts'
import type { AdvanceJob, AttemptEnd, GenerationTransaction } from './ports.ts'
import { forgetRecording } from './recordings.ts'
import type { StepParts } from './steps/step.ts'
import type { Call, Work } from './work.ts'

export type FailParts = Pick<StepParts, 'store' | 'media' | 'clock' | 'log'>

/** How what was under way ends with it. */
export interface FailedWith {
  readonly call?: Pick<Call, 'id' | 'state'> | null
  readonly end?: AttemptEnd
}

/** @throws Overtaken */
export async function failWork(
  parts: FailParts,
  work: Work,
  failure: Failure,
  { call = null, end }: FailedWith = {},
): Promise<void> {
  const record = toFailureRecord(failure)
  const { generationIds } = await commitStep(parts, work, {
    changes: { state: 'failed', key: null, step: null, finishedAt: parts.clock.now() },
    outcome: { failure: record },
    events: [{ type: 'failed', failure: record }],
    async write(tx) {
      if (call) await tx.updateCall(call.id, { state: call.state, finishedAt: parts.clock.now() })
      if (end) await tx.endAttempt(work.id, end)
      else await closeAttempt(parts, work, failure)(tx)
    },
  })
  await forgetRecording(parts, work)
  parts.log.error(
    {
      event: 'generation_failed',
      work_id: work.id,
      generation_ids: generationIds,
      request_id: work.requestId,
      code: record.code,
      reason: record.reason,
    },
    'generation failed',
  )
}

/** The call that a failing step of our own has left behind. */
export async function callLeft(store: FailParts['store'], work: Work): Promise<FailedWith['call']> {
  const open = (await store.listAttempts(work.id)).find(({ state }) => state === 'open')
  const left = open?.calls.find((call) => call.state === 'started' && call.finishedAt === null)
  // What was sent elsewhere may be done all the same.
  return left ? { id: left.id, state: left.maker === 'house' || work.runsHere ? 'failed' : 'unknown' } : null
}

/** The write that ends the attempt under way with the failure, if there is one. */
export function closeAttempt({ clock }: Pick<FailParts, 'clock'>, work: Work, failure: Failure) {
  return async (tx: GenerationTransaction): Promise<void> => {
    await tx.endAttempt(work.id, {
      state: failure.code === 'TIMEOUT' ? 'expired' : 'failed',
      failure: toFailureRecord(failure),
      finishedAt: clock.now(),
    })
  }
}

/** For a job whose every run died with its process: better a failed generation than one that is never heard of again. */
export function abandonWork(parts: FailParts): (job: Pick<AdvanceJob, 'workId' | 'version'>) => Promise<void> {
  return async ({ workId, version }) => {
    const work = await parts.store.loadWork(workId)
    if (work?.state !== 'open' || work.version !== version) return
    const failure = new Failure('UNKNOWN_ERROR', {
      reason: 'gave-up',
      message: 'The work was started several times and broken off each time.',
      hint: 'Try again; if it happens again, report the generation id.',
    })
    try {
      await failWork(parts, work, failure)
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error
    }
  }
}
