/** Tasks: throttled where more are under way than the account may have, looked at no more often than every 5 s, paid in credits. */
import { createHash, createHmac } from 'node:crypto'
import type { Fault } from './fault.ts'
import { isWire } from './fault-book.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { elsewhere } from './media-files.ts'
import type { MediaRequest } from './media-maker.ts'
import { Refusal, violation } from './refusal.ts'
import type { Ground } from './simulator.ts'

export interface RunwayTasksOptions {
  readonly ground: Ground
  readonly jobs: Jobs
  readonly newId: () => string
  readonly key: string
  /** Tasks that run at once; the others are throttled. */
  readonly maxRunning: number
  readonly maxDaily: number
  readonly credits: number
}

export interface TaskRequest {
  readonly model: 'gwm1_avatars' | 'act_two'
  readonly requestId: string
  readonly media: MediaRequest extends infer M ? Omit<M, 'defect' | 'directory' | 'signal'> : never
  /** What is ordered in its words. */
  readonly faults: readonly Fault[]
}

const dayMs = 24 * 60 * 60 * 1000
const floorMs = 5000
/** What the vendor lists for act_two; for avatars it lists nothing, and this is the sandbox's own. */
const creditsPerSecond = { act_two: 5, gwm1_avatars: 20 } as const

const failureCodes: Readonly<Record<string, string>> = {
  content_policy_violation: 'SAFETY.INPUT.IMAGE',
  internal_error: 'INTERNAL.BAD_OUTPUT.CODE01',
  face_not_found: 'ASSET.INVALID',
  overloaded: 'INTERNAL',
}

export type RunwayTasks = ReturnType<typeof createRunwayTasks>

export function createRunwayTasks({ ground, jobs, newId, key, maxRunning, maxDaily, credits }: RunwayTasksOptions) {
  const { clock, faults, records, mediaUrl } = ground
  const prices = new Map<string, number>()
  const looks = new Map<string, { lastMs: number; early: number }>()
  const deleted = new Set<string>()
  const nowMs = () => clock.now().getTime()
  const permission = (id: string, untilMs: number) => createHmac('sha256', key).update(`${id} ${untilMs}`).digest('hex')

  const codeOf = (job: Job) => {
    const { code } = jobs.stateOf(job)
    return code === null ? null : (failureCodes[code] ?? code.toUpperCase())
  }
  /** What it takes: nothing of what failed, unless it was refused for what was sent. */
  const costOf = (job: Job): number => {
    const { status } = jobs.stateOf(job)
    if (status === 'cancelled' || (status === 'failed' && !codeOf(job)?.startsWith('SAFETY.INPUT'))) return 0
    return prices.get(job.id) ?? 0
  }
  const balance = () => credits - jobs.list().reduce((sum, job) => sum + costOf(job), 0)
  const today = () => jobs.list().filter(({ acceptedMs }) => acceptedMs > nowMs() - dayMs).length

  /** Until as many have ended as there are too many. */
  const waitMs = (): number => {
    const ends = jobs
      .list()
      .filter((job) => jobs.stateOf(job).endedMs === null)
      .map((job) => (find(job.effects, 'stuck') ? nowMs() + dayMs : job.startMs + job.durationMs))
      .sort((a, b) => a - b)
    return ends.length < maxRunning ? 0 : Math.max(0, ends[ends.length - maxRunning]! - nowMs())
  }

  const outputOf = (job: Job): string[] => {
    const defect = find(job.effects, 'file')?.defect
    if (defect === 'unnamed') return []
    if (defect === 'elsewhere') return [elsewhere]
    const untilMs = nowMs() + dayMs
    return [`${mediaUrl()}/outputs/${job.id}.mp4?_jwt=${untilMs}.${permission(job.id, untilMs)}`]
  }

  return {
    accept({ model, requestId, media, faults: asked }: TaskRequest): string {
      if (faults.own('quota', requestId, asked) !== null || today() >= maxDaily) {
        throw new Refusal({ status: 429, code: 'quota', message: 'You have reached your daily generation quota.' })
      }
      const price = Math.ceil(media.seconds * creditsPerSecond[model])
      if (faults.own('credits', requestId, asked) !== null || balance() < price) {
        const message = 'You do not have enough credits to run this task.'
        throw new Refusal({ status: 400, code: 'credits', message })
      }
      if (!jobs.makeRoom()) throw new Refusal({ status: 503, code: 'unavailable', message: 'There is no room.' })
      const throttled = faults.own('throttled', requestId, asked)
      const { photo, speech, performance, ...rest } = media
      const digest = createHash('sha256').update(JSON.stringify({ model, ...rest }))
      for (const bytes of [photo, speech, performance]) digest.update(`|${bytes?.length}|`).update(bytes ?? '')
      const id = newId()
      prices.set(id, price)
      jobs.accept({
        id,
        paidFor: `${model} ${digest.digest('hex').slice(0, 12)}`,
        requestId,
        waitMs: throttled === null ? waitMs() : Number(throttled || '600') * 1000,
        media,
        effects: faults.job(requestId, asked).map(({ job }) => job),
        wireFaults: asked.filter(isWire).filter(({ on }) => on !== 'submit'),
      })
      return id
    },

    estimateOf: (id: string) => ({ credits: prices.get(id) ?? 0 }),
    balance,
    today,
    get: (id: string) => (deleted.has(id) ? undefined : jobs.get(id)),

    /** One early look is let pass: whoever cancels wants to know first whether it is done. */
    look({ id }: Job): void {
      const { lastMs, early } = looks.get(id) ?? { lastMs: Number.NEGATIVE_INFINITY, early: 0 }
      const isEarly = nowMs() - lastMs < floorMs
      looks.set(id, { lastMs: nowMs(), early: early + (isEarly ? 1 : 0) })
      if (isEarly && early > 0) {
        throw violation({ status: 429, code: 'polling', field: 'path', message: 'is polled more often than every 5 s' })
      }
    },

    async describe(job: Job) {
      const state = await jobs.settledState(job)
      const { id } = job
      const isMinimal = find(job.effects, 'minimal') !== undefined
      const ending = (status: string, more: object) => {
        const cost = { cost: { credits: costOf(job) } }
        return isMinimal ? { id, status, ...more } : { ...head, status, ...more, ...cost }
      }
      const head = { id, createdAt: new Date(job.acceptedMs).toISOString() }
      const estimate = isMinimal ? {} : { estimatedCost: { credits: prices.get(id) ?? 0 } }
      switch (state.status) {
        case 'completed':
          return ending('SUCCEEDED', { output: outputOf(job) })
        case 'failed':
          return ending('FAILED', { failure: 'The task did not come to its end.', failureCode: codeOf(job) })
        case 'cancelled':
          return ending('CANCELLED', {})
        case 'queued':
          return { ...head, status: nowMs() < job.startMs ? 'THROTTLED' : 'PENDING', ...estimate }
        default: {
          const isOdd = find(job.effects, 'unknown-status') !== undefined
          return { ...head, status: isOdd ? 'WARMING_UP' : 'RUNNING', progress: state.progress / 100, ...estimate }
        }
      }
    },

    /** Stops it, or deletes it with its film; either way it is not to be found again. */
    delete(job: Job): void {
      jobs.cancel(job)
      deleted.add(job.id)
    },

    /** Of a signed address. */
    findOutput(url: string) {
      const { pathname, searchParams } = new URL(url, 'http://files')
      const job = jobs.get(/^\/outputs\/([\w-]+)\.mp4$/.exec(pathname)?.[1] ?? '')
      const [until = '', given = ''] = (searchParams.get('_jwt') ?? '').split('.')
      const isGood = job && !deleted.has(job.id) && given === permission(job.id, Number(until))
      if (!isGood) {
        const at = clock.now().toISOString()
        records.violate({ at, requestId: '', request: `GET ${pathname}`, field: 'path', message: 'was not handed out' })
        return null
      }
      return { job, isVideo: true, isExpired: nowMs() > Number(until) }
    },
  }
}
