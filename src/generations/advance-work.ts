/**
 * Moves one work one step on. Whatever happens in a step ends in exactly one of: a committed step, a failed attempt that
 * chooses again, a failed work, or an error thrown to the queue, which runs the step again.
 */
import { Failure, toFailure } from '../errors.ts'
import { commitStep, Overtaken } from './commit-step.ts'
import { callLeft, closeAttempt, failWork } from './fail-work.ts'
import type { Step } from './generation.ts'
import { settleLateResults } from './late-results.ts'
import type { AdvanceJob } from './ports.ts'
import { assemble } from './steps/assemble.ts'
import { choose, routesLeft } from './steps/choose.ts'
import { finish } from './steps/finish.ts'
import { poll } from './steps/poll.ts'
import { prepare } from './steps/prepare.ts'
import { start } from './steps/start.ts'
import type { RunStep, StepParts } from './steps/step.ts'
import { store } from './steps/store.ts'
import { withdrawAll } from './withdraw.ts'
import type { Work } from './work.ts'

const runs: Readonly<Record<Step, RunStep>> = { choose, prepare, start, poll, assemble, store, finish }

export interface AdvanceRun {
  readonly job: Pick<AdvanceJob, 'workId' | 'version'>
  /** True when the queue will not run this job again. */
  readonly lastTry: boolean
  readonly signal: AbortSignal
}

export function advanceWork(parts: StepParts): (run: AdvanceRun) => Promise<void> {
  return async ({ job, lastTry, signal }) => {
    const work = await parts.store.loadWork(job.workId)
    if (work?.version !== job.version) return
    if (work.state === 'cancelled') return withdrawAll(parts, work)
    if (work.state !== 'open') return settleLateResults(parts, work)
    const run = work.step && runs[work.step]
    if (!run) throw new Error(`work ${work.id} is at a step that nothing runs: ${work.step}`)

    const deadline = watchDeadline(parts, work)
    try {
      deadline.signal.throwIfAborted()
      await run(parts, work, AbortSignal.any([signal, deadline.signal]))
    } catch (error) {
      if (error instanceof Overtaken) return
      if (signal.aborted) throw error
      await afterError(parts, work, deadline.signal.aborted ? deadlinePassed(work) : error, lastTry).catch(
        unlessOvertaken,
      )
    } finally {
      deadline.clear()
    }
  }
}

/** Again by the queue, else on another route, else failed: the first of these that is allowed. */
async function afterError(parts: StepParts, work: Work, error: unknown, lastTry: boolean): Promise<void> {
  const failure = toFailure(error)
  parts.log.warn(
    {
      event: 'generation_step_failed',
      work_id: work.id,
      request_id: work.requestId,
      step: work.step,
      code: failure.code,
      reason: failure.reason,
      err: failure.cause ?? failure,
    },
    'generation step failed',
  )
  if (failure.retryable && failure.code !== 'TIMEOUT' && !lastTry) throw error

  const attempts = await parts.store.listAttempts(work.id)
  const attempted = attempts.some(({ state }) => state === 'open')
  const [next] = attempted && mayTravel(failure) ? (await routesLeft(parts, work, attempts)).routes : []
  const left = attempts.at(-1)?.provider
  const call = (await callLeft(parts.store, work)) ?? null
  if (!next) {
    await failWork(parts, work, failure, { call })
    if (failure.code === 'TIMEOUT') await withdrawAll(parts, work)
    if (left) parts.slotFreed(left)
    return
  }
  await commitStep(parts, work, {
    changes: {},
    events: [{ type: 'step', step: 'choose', attempt: attempts.length + 1, provider: null }],
    next: { step: 'choose' },
    async write(tx) {
      if (call) await tx.updateCall(call.id, { state: call.state, finishedAt: parts.clock.now() })
      await closeAttempt(parts, work, failure)(tx)
    },
  })
  if (left) {
    parts.vendors.fellBack({ from: left, to: next.provider, fault: failure.reason })
    parts.slotFreed(left)
  }
}

/** The fault lies with the route, so another may do better; a refused or impossible request is the same everywhere. */
function mayTravel({ code }: Failure): boolean {
  return code !== 'INVALID_REQUEST' && code !== 'CONTENT_POLICY_VIOLATION' && code !== 'TIMEOUT'
}

function unlessOvertaken(error: unknown): void {
  if (!(error instanceof Overtaken)) throw error
}

function deadlinePassed({ deadlineAt, createdAt }: Work): Failure {
  const seconds = Math.round((deadlineAt.getTime() - createdAt.getTime()) / 1000)
  return new Failure('TIMEOUT', {
    reason: 'deadline-passed',
    message: `It was not done within the ${seconds} seconds allowed.`,
    hint: 'Ask for a longer timeout, a lower quality or a shorter script.',
  })
}

/** Aborts when the deadline has passed. Whoever joined meanwhile may have moved it, so it is looked up again first. */
function watchDeadline({ store, clock }: StepParts, work: Work): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const wait = (deadlineAt: Date) => {
    const leftMs = deadlineAt.getTime() - clock.now().getTime()
    if (leftMs <= 0) return controller.abort()
    timer = setTimeout(() => {
      store.loadWork(work.id).then(
        (now) => wait(now?.deadlineAt ?? deadlineAt),
        () => controller.abort(),
      )
    }, leftMs)
  }
  wait(work.deadlineAt)
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
