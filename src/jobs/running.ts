/** The handlers that run in this process, so that they can be aborted by work and drained on shutdown. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { JobHandler, JobRun } from './create-jobs.ts'
import type { Log } from './log.ts'
import type { JobData } from './queues.ts'

interface Run {
  readonly workId: string
  readonly controller: AbortController
  readonly ended: Promise<unknown>
  why: 'aborted' | 'stopping' | null
}

export function createRunning(parts: {
  /** Puts the job back as if it had not run. */
  readonly handBack: (job: JobData) => Promise<void>
  readonly log: Log
}) {
  const { handBack, log } = parts
  const runs = new Set<Run>()
  let closed = false
  const abortAll = () => {
    for (const run of runs) {
      run.why ??= 'stopping'
      run.controller.abort(new Error('the process is stopping'))
    }
  }

  return {
    async run(job: JobRun, claim: AbortSignal, handler: JobHandler): Promise<void> {
      const { retries, lastTry: _, ...data } = job
      if (closed) return handBack(data)
      const controller = new AbortController()
      let end: () => void = () => {}
      const ended = new Promise<void>((resolve) => {
        end = resolve
      })
      const run: Run = { workId: job.workId, controller, ended, why: null }
      runs.add(run)
      try {
        // `claim` fires when another worker was given the job (this one was frozen or cut off for too long).
        await handler(job, AbortSignal.any([controller.signal, claim]))
      } catch (error) {
        if (run.why === 'aborted') return
        if (run.why === 'stopping') return await handBack(data)
        log.warn({ err: error, work_id: job.workId, retries }, 'a job failed')
        throw error
      } finally {
        runs.delete(run)
        end()
      }
    },

    abort(workId: string): void {
      for (const run of runs) {
        if (run.workId !== workId) continue
        run.why ??= 'aborted'
        run.controller.abort(new Error('the work was cancelled'))
      }
    },

    abortAll,

    /** From now on a job that was just fetched is handed back. */
    close(): void {
      closed = true
    },

    /** Waits so long for the running handlers, then aborts them and waits for them to end. */
    async drain(graceMs: number): Promise<void> {
      const timer = new AbortController()
      const ended = Promise.all([...runs].map((run) => run.ended))
      await Promise.race([ended, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => {})])
      timer.abort()
      abortAll()
      await Promise.all([...runs].map((run) => run.ended))
    },
  }
}
