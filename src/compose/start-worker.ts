/** The worker role: takes jobs and moves generations on. */
import type { Config } from '../config.ts'
import { type AdvanceRun, advanceGeneration } from '../generations/advance-generation.ts'
import { abandonGeneration } from '../generations/fail-generation.ts'
import { isFinal } from '../generations/generation.ts'
import type { EventFeed } from '../generations/ports.ts'
import type { StepParts } from '../generations/steps/step.ts'
import type { Jobs } from '../jobs/create-jobs.ts'

export interface WorkerParts {
  readonly config: Config
  readonly jobs: Jobs
  readonly feed: EventFeed
  readonly heart: StepParts
}

/** Runs steps; breaks off the ones whose generation was cancelled, here or on another node. */
export async function startWorker({ config, jobs, feed, heart }: WorkerParts): Promise<void> {
  const advance = advanceGeneration(heart)
  const running = new Set<string>()
  const breakOffIfOver = async (id: string) => {
    const generation = await heart.store.loadGeneration(id)
    if (!generation || isFinal(generation.status)) jobs.abort(id)
  }
  feed.subscribe((notice) => {
    if (notice.generationId !== null) {
      if (isFinal(notice.status)) jobs.abort(notice.generationId)
      return
    }
    for (const id of running) {
      breakOffIfOver(id).catch((error: unknown) =>
        heart.log.warn({ err: error, generation_id: id }, 'could not look for a cancel'),
      )
    }
  })
  const run = async (job: AdvanceRun['job'] & { readonly lastTry: boolean }, signal: AbortSignal) => {
    running.add(job.generationId)
    try {
      await advance({ job, lastTry: job.lastTry, signal })
    } finally {
      running.delete(job.generationId)
    }
  }
  await jobs.recover()
  await jobs.workDead(abandonGeneration(heart))
  await jobs.work('quick', { concurrency: config.stepConcurrency }, run)
  await jobs.work('render', { concurrency: config.renderConcurrency }, run)
}
