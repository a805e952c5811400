/**
 * The jobs of one simulator. What a job is at a moment follows from its plan and the clock alone; nothing ticks. A job is
 * completed once its time has come *and* its media are made: with `waitForMedia` whoever asks waits for them, so that under a
 * virtual clock the same moment always gives the same answer; without it such a job stands at 99 for a little longer.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type JobEffect, madeDefects, type WireFault } from './fault.ts'
import type { MakeMedia, MediaRequest } from './media-maker.ts'
import type { SimulatorClock } from './simulator-clock.ts'

/** A film to make, as a contract's request has it once that was read. */
export interface JobRequest {
  /** Default: one that is made of the simulator's name. */
  readonly id?: string
  /** What `paid` counts it under: what the contract tells of the work, or what of the request makes it the same. */
  readonly paidFor: string
  readonly requestId: string
  readonly callbackUrl?: string | null
  /** How long it waits before it begins: others go first. */
  readonly waitMs?: number
  /** The photo is handed over here and kept on disk until its turn comes. */
  readonly media: Omit<MediaRequest, 'defect' | 'directory' | 'signal'>
  readonly effects: readonly JobEffect[]
  /** Faults of its script that are due at other places than the submission. */
  readonly wireFaults: readonly WireFault[]
}

/** Jobs accepted, and seconds billed: completed jobs alone are. */
export interface Paid {
  readonly accepted: number
  readonly billedSeconds: number
}

export interface Job {
  readonly id: string
  readonly requestId: string
  readonly paidFor: string
  readonly callbackUrl: string | null
  readonly acceptedMs: number
  /** When it begins. */
  readonly startMs: number
  readonly durationMs: number
  /** Seconds of video that were asked for, and are billed. */
  readonly seconds: number
  readonly size: { readonly width: number; readonly height: number }
  readonly effects: readonly JobEffect[]
  /** Faults of its script that are due at other places than the submission. */
  readonly wireFaults: readonly WireFault[]
  readonly files: Promise<{ readonly video: string; readonly thumbnail: string } | null>
  /** When its media were made; null until then. */
  readyMs: number | null
  mediaFailed: boolean
  cancelledMs: number | null
  /** Stops the making of its media. */
  readonly stop: AbortController
}

export interface JobState {
  readonly status: 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled'
  readonly progress: number
  /** Of a failed job. */
  readonly code: string | null
  /** When it ended. */
  readonly endedMs: number | null
}

export interface JobsOptions {
  readonly name: string
  readonly clock: SimulatorClock
  readonly makeMedia: MakeMedia
  readonly directory: string
  readonly jobMs: number
  readonly maxJobs: number
  readonly waitForMedia: boolean
  readonly random: () => number
  readonly onMediaFailed: (jobId: string, error: unknown) => void
}

export type Jobs = ReturnType<typeof createJobs>

/** A failing job ends here. */
const failsAt = 0.6
const longestQueuedMs = 1000

export function createJobs(options: JobsOptions) {
  const { clock, makeMedia, directory, maxJobs, waitForMedia } = options
  const jobs = new Map<string, Job>()
  /** Of jobs that were forgotten, so that the sums stay true. */
  const forgotten = new Map<string, Paid>()
  let count = 0
  let making: Promise<unknown> = Promise.resolve()
  let closed = false

  const stateOf = (job: Job, nowMs = clock.now().getTime()): JobState => {
    const share = job.durationMs <= 0 ? 1 : Math.min(1, (nowMs - job.startMs) / job.durationMs)
    const failure = find(job.effects, 'fail')
    const failedMs = job.startMs + job.durationMs * failsAt
    if (job.cancelledMs !== null) return ended('cancelled', progressAt(job, job.cancelledMs), null, job.cancelledMs)
    if (failure && share >= failsAt) return ended('failed', failsAt * 100, failure.code, failedMs)
    if (share >= 1 && !find(job.effects, 'stuck')) {
      const dueMs = job.startMs + job.durationMs
      if (job.mediaFailed) return ended('failed', 99, 'internal_error', dueMs)
      if (job.readyMs !== null)
        return ended('completed', 100, null, waitForMedia ? dueMs : Math.max(dueMs, job.readyMs))
    }
    const isQueued = nowMs - job.startMs < Math.min(longestQueuedMs, job.durationMs * 0.1)
    return { status: isQueued ? 'queued' : 'processing', progress: progressAt(job, nowMs), code: null, endedMs: null }
  }

  /** The state now, the media waited for where they are all that lacks. */
  const settledState = async (job: Job): Promise<JobState> => {
    if (waitForMedia && clock.now().getTime() >= job.startMs + job.durationMs) await job.files
    return stateOf(job)
  }

  const forget = (job: Job): void => {
    jobs.delete(job.id)
    const sums = forgotten.get(job.paidFor) ?? { accepted: 0, billedSeconds: 0 }
    const billed = stateOf(job).status === 'completed' ? job.seconds : 0
    forgotten.delete(job.paidFor)
    forgotten.set(job.paidFor, { accepted: sums.accepted + 1, billedSeconds: sums.billedSeconds + billed })
    const oldest = forgotten.keys().next().value
    if (forgotten.size > maxJobs && oldest !== undefined) forgotten.delete(oldest)
    void job.files.then(() => rm(join(directory, job.id), { recursive: true, force: true }))
  }

  /** One at a time: a photo that speaks takes a core. The photos wait on disk. */
  const make = (folder: string, stored: Promise<void>, request: Omit<MediaRequest, 'photo' | 'directory'>) => {
    const made = making.then(async () => {
      await stored
      request.signal.throwIfAborted()
      return makeMedia({ ...request, photo: await readFile(join(folder, 'photo')), directory: join(folder, 'media') })
    })
    making = made.catch(() => {})
    return made
  }

  return {
    stateOf,
    settledState,
    get: (id: string) => jobs.get(id),
    list: (): readonly Job[] => [...jobs.values()],

    /** False when there is no room: as many as are kept are all at work, or it is closing. */
    makeRoom(): boolean {
      if (closed) return false
      if (jobs.size < maxJobs) return true
      const oldest = [...jobs.values()].find((job) => stateOf(job).endedMs !== null)
      if (oldest) forget(oldest)
      return oldest !== undefined
    },

    accept({
      paidFor,
      requestId,
      callbackUrl = null,
      waitMs = 0,
      media,
      effects,
      wireFaults,
      ...given
    }: JobRequest): Job {
      count += 1
      const tail = Math.floor(options.random() * 0x10000).toString(16).padStart(4, '0') // biome-ignore format: one step
      const id = given.id ?? `${options.name.replaceAll('-', '_')}_job_${count}${tail}`
      const { photo, ...request } = media
      const folder = join(directory, id)
      const stop = new AbortController()
      const isDoomed = find(effects, 'fail') !== undefined || find(effects, 'stuck') !== undefined
      const made = isDoomed
        ? Promise.resolve(null)
        : make(folder, storePhoto(folder, photo), { ...request, defect: madeDefectOf(effects), signal: stop.signal })
      const acceptedMs = clock.now().getTime()
      const job: Job = {
        id,
        requestId,
        paidFor,
        callbackUrl,
        acceptedMs,
        startMs: acceptedMs + waitMs,
        durationMs: find(effects, 'sync') ? 0 : (find(effects, 'slow')?.seconds ?? options.jobMs / 1000) * 1000,
        seconds: media.seconds,
        size: { width: media.width, height: media.height },
        effects,
        wireFaults,
        files: made.then(
          (files) => {
            job.readyMs = clock.now().getTime()
            return files
          },
          (error: unknown) => {
            job.mediaFailed = true
            if (!stop.signal.aborted) options.onMediaFailed(id, error)
            return null
          },
        ),
        readyMs: null,
        mediaFailed: false,
        cancelledMs: null,
        stop,
      }
      jobs.set(id, job)
      return job
    },

    cancel(job: Job): void {
      if (stateOf(job).endedMs !== null) return
      job.cancelledMs = clock.now().getTime()
      job.stop.abort()
    },

    /** What was accepted and billed, by what it was for: nobody may find his twice. */
    paid(): Record<string, Paid> {
      const sums = new Map(forgotten)
      for (const job of jobs.values()) {
        const { accepted, billedSeconds } = sums.get(job.paidFor) ?? { accepted: 0, billedSeconds: 0 }
        const billed = stateOf(job).status === 'completed' ? job.seconds : 0
        sums.set(job.paidFor, { accepted: accepted + 1, billedSeconds: billedSeconds + billed })
      }
      return Object.fromEntries(sums)
    },

    /** Resolves when no media are being made. */
    settled: async (): Promise<void> => void (await making),
    /** Makes no more media; a submission whose body was just read finds no room. */
    async close(): Promise<void> {
      closed = true
      for (const job of jobs.values()) job.stop.abort()
      await making
    },
  }
}

export function find<K extends JobEffect['kind']>(effects: readonly JobEffect[], kind: K) {
  return effects.find((effect): effect is Extract<JobEffect, { kind: K }> => effect.kind === kind)
}

async function storePhoto(folder: string, photo: Buffer): Promise<void> {
  await mkdir(join(folder, 'media'), { recursive: true })
  await writeFile(join(folder, 'photo'), photo)
}

function ended(status: JobState['status'], progress: number, code: string | null, endedMs: number): JobState {
  return { status, progress, code, endedMs }
}

function progressAt(job: Job, nowMs: number): number {
  const share = job.durationMs <= 0 ? 1 : (nowMs - job.startMs) / job.durationMs
  return Math.max(0, Math.min(find(job.effects, 'stuck')?.progress ?? 99, Math.floor(share * 100)))
}

function madeDefectOf(effects: readonly JobEffect[]): MediaRequest['defect'] {
  const defect = find(effects, 'file')?.defect
  return madeDefects.find((made) => made === defect) ?? null
}
