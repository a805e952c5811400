/**
 * Moves one generation one step on. Whatever happens in a step ends in exactly one of: a committed step, a failed
 * attempt that chooses again, a failed generation, or an error thrown to the queue, which runs the step again.
 */
import { Failure, toFailure } from '../errors.ts'
import { commitStep, Overtaken } from './commit-step.ts'
import { closeAttempt, failGeneration } from './fail-generation.ts'
import { type Generation, isFinal, type Step } from './generation.ts'
import type { AdvanceJob } from './ports.ts'
import { choose, routesLeft } from './steps/choose.ts'
import { finish } from './steps/finish.ts'
import { poll } from './steps/poll.ts'
import { start } from './steps/start.ts'
import type { RunStep, StepParts } from './steps/step.ts'
import { store } from './steps/store.ts'

/** `prepare` and `assemble` come with the first model that needs them: the local one takes words and yields the film. */
const runs: Readonly<Partial<Record<Step, RunStep>>> = { choose, start, poll, store, finish }

export interface AdvanceRun {
  readonly job: Pick<AdvanceJob, 'generationId' | 'version'>
  /** True when the queue will not run this job again. */
  readonly lastTry: boolean
  readonly signal: AbortSignal
}

export function advanceGeneration(parts: StepParts): (run: AdvanceRun) => Promise<void> {
  return async ({ job, lastTry, signal }) => {
    const generation = await parts.store.loadGeneration(job.generationId)
    if (!generation || isFinal(generation.status) || generation.version !== job.version) return
    const run = generation.step && runs[generation.step]
    if (!run) throw new Error(`generation ${generation.id} is at a step that nothing runs: ${generation.step}`)

    const deadline = deadlineSignal(parts, generation)
    try {
      deadline.signal.throwIfAborted()
      await run(parts, generation, AbortSignal.any([signal, deadline.signal]))
    } catch (error) {
      if (error instanceof Overtaken) return
      if (signal.aborted) throw error
      await afterError(parts, generation, deadline.signal.aborted ? deadlinePassed(generation) : error, lastTry).catch(
        unlessOvertaken,
      )
    } finally {
      deadline.clear()
    }
  }
}

/** Again by the queue, else on another route, else failed: the first of these that is allowed. */
async function afterError(parts: StepParts, generation: Generation, error: unknown, lastTry: boolean): Promise<void> {
  const failure = toFailure(error)
  parts.log.warn(
    {
      event: 'generation_step_failed',
      generation_id: generation.id,
      request_id: generation.requestId,
      step: generation.step,
      code: failure.code,
      reason: failure.reason,
      err: failure.cause ?? failure,
    },
    'generation step failed',
  )
  if (failure.retryable && failure.code !== 'TIMEOUT' && !lastTry) throw error

  const attempts = await parts.store.listAttempts(generation.id)
  const attempted = attempts.some(({ state }) => state === 'open')
  if (!attempted || !mayTravel(failure) || routesLeft(parts, generation, attempts).routes.length === 0) {
    return failGeneration(parts, generation, failure)
  }
  await commitStep(parts, generation, {
    changes: {},
    events: [{ type: 'step', step: 'choose', attempt: attempts.length + 1, provider: null }],
    next: { step: 'choose' },
    write: closeAttempt(parts, attempts, failure),
  })
}

/** The fault lies with the route, so another may do better; a refused or impossible request is the same everywhere. */
function mayTravel({ code }: Failure): boolean {
  return code !== 'INVALID_REQUEST' && code !== 'CONTENT_POLICY_VIOLATION' && code !== 'TIMEOUT'
}

function unlessOvertaken(error: unknown): void {
  if (!(error instanceof Overtaken)) throw error
}

function deadlinePassed({ settings }: Generation): Failure {
  return new Failure('TIMEOUT', {
    reason: 'deadline-passed',
    message: `It was not done within the ${settings.timeoutSeconds} seconds allowed.`,
    hint: 'Ask for a longer timeout, a lower quality or a shorter script.',
  })
}

function deadlineSignal({ clock }: StepParts, { deadlineAt }: Generation): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const leftMs = deadlineAt.getTime() - clock.now().getTime()
  if (leftMs <= 0) controller.abort()
  const timer = setTimeout(() => controller.abort(), Math.max(0, leftMs))
  return { signal: controller.signal, clear: () => clearTimeout(timer) }
}
