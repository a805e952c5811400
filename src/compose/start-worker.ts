/** The worker role: takes jobs and moves generations on. */
import type { Config } from '../config.ts'
import { type AdvanceRun, advanceWork } from '../generations/advance-work.ts'
import { abandonWork } from '../generations/fail-work.ts'
import { isFinal } from '../generations/generation.ts'
import type { EventFeed } from '../generations/ports.ts'
import type { Slots } from '../generations/slots.ts'
import type { StepParts } from '../generations/steps/step.ts'
import type { Jobs } from '../jobs/create-jobs.ts'

export interface WorkerParts {
  readonly config: Config
  readonly jobs: Jobs
  readonly feed: EventFeed
  readonly heart: StepParts
  /** Tells those who wait where they stand. */
  readonly tellPlaces: () => Promise<void>
  readonly slots: Slots
}

/** When one leaves the queue, others often do in the same moment; whoever waits hears of it once. */
const tellAfterMs = 300
/** How long a slot may lie unused because its last holder died. */
const grantEveryMs = 2_000

/** Runs steps; breaks off the ones whose work was cancelled, here or on another node. @returns the way to stop telling places */
export async function startWorker({ config, jobs, feed, heart, tellPlaces, slots }: WorkerParts): Promise<() => void> {
  const advance = advanceWork(heart)
  const running = new Set<string>()
  const warn = (what: string) => (error: unknown) => heart.log.warn({ err: error }, what)
  const breakOffIfOver = async (workId: string) => {
    const work = await heart.store.loadWork(workId)
    if (work?.state !== 'open') jobs.abort(workId)
  }
  let timer: NodeJS.Timeout | undefined
  const tellSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      tellPlaces().catch(warn('could not tell the places in the queue'))
      slots.tellAll().catch(warn('could not tell the places before a provider'))
    }, tellAfterMs)
  }
  const leave = feed.subscribe((notice) => {
    const isGap = notice.generationId === null
    if (!isGap && !isFinal(notice.status)) return
    for (const workId of running) {
      if (isGap || notice.workId === workId) breakOffIfOver(workId).catch(warn('could not look for a cancel'))
    }
    tellSoon()
  })
  const run = async (job: AdvanceRun['job'] & { readonly lastTry: boolean }, signal: AbortSignal) => {
    running.add(job.workId)
    try {
      await advance({ job, lastTry: job.lastTry, signal })
    } finally {
      running.delete(job.workId)
    }
  }
  await jobs.recover()
  await jobs.workDead(abandonWork(heart))
  await jobs.work('quick', { concurrency: config.stepConcurrency }, run)
  await jobs.work('render', { concurrency: config.renderConcurrency }, run)
  // A process that died after it freed a slot woke nobody.
  const sweeping = setInterval(() => {
    slots.grantAll().catch(warn('could not give out slots'))
  }, grantEveryMs)
  return () => {
    clearInterval(sweeping)
    leave()
    clearTimeout(timer)
  }
}
