/**
 * Webhooks as the contract signs them: at least once, again after 1, 5 and 25 s where the receiver does not answer 2xx
 * within 5 s. `video.progress` comes at half time, `video.completed` or `video.failed` at the end.
 */
import { createHmac } from 'node:crypto'
import type { WebhookMode } from './fault.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { createWebhookPost } from './post-webhook.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import type { Delivery } from './simulator-control.ts'
import { statusBody, toIsoSeconds } from './veo3-answers.ts'

/** X-Veo3-Signature of a body: `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>." and the body>`. */
export function signWebhook(secret: string, timestampSeconds: number, body: string): string {
  return `t=${timestampSeconds},v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`
}

export interface WebhooksOptions {
  readonly secret: string
  readonly clock: SimulatorClock
  readonly jobs: Jobs
  readonly urlsOf: (job: Job) => { video: string; thumbnail: string }
}

const retriesMs = [1000, 5000, 25_000]
const mostKept = 500

export type Webhooks = ReturnType<typeof createWebhooks>

export function createWebhooks({ secret, clock, jobs, urlsOf }: WebhooksOptions) {
  const deliveries: Delivery[] = []
  const underway = new Set<Promise<unknown>>()
  const timers = new Set<() => void>()
  let count = 0
  const { post, isClosed, close } = createWebhookPost(clock)

  const track = (work: Promise<unknown>): void => {
    const tracked = work.catch(() => {}).finally(() => underway.delete(tracked))
    underway.add(tracked)
  }
  const later = (ms: number, run: () => Promise<unknown>): void => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel)
      track(run())
    })
    timers.add(cancel)
  }

  const deliver = async (url: string, body: string, delivery: Delivery, signedWith = secret): Promise<void> => {
    if (isClosed()) return
    // A retry is signed anew: the receiver's window is shorter than the last wait.
    const signature = signWebhook(signedWith, Math.floor(clock.now().getTime() / 1000), body)
    const status = await post(url, body, {
      'Content-Type': 'application/json',
      'X-Veo3-Signature': signature,
      'X-Veo3-Event-Id': delivery.eventId,
    })
    delivery.answers.push(status)
    const retryMs = retriesMs[delivery.answers.length - 1]
    const isTaken = status !== null && status >= 200 && status < 300
    if (!isTaken && !delivery.isForged && retryMs !== undefined && !isClosed()) {
      later(retryMs, () => deliver(url, body, delivery, signedWith))
    }
  }

  const open = (job: Job, event: string, isForged = false): Delivery => {
    count += 1
    const delivery: Delivery = { eventId: `evt_${job.id}_${count}`, event, jobId: job.id, answers: [], isForged }
    deliveries.push(delivery)
    if (deliveries.length > mostKept) deliveries.shift()
    return delivery
  }

  const bodyOf = (job: Job, event: string, data: unknown): string =>
    JSON.stringify({ event, job_id: job.id, created_at: toIsoSeconds(clock.now().getTime()), data })

  const tellProgress = async (job: Job, url: string): Promise<void> => {
    const state = jobs.stateOf(job)
    if (state.endedMs !== null) return
    const event = 'video.progress'
    await deliver(url, bodyOf(job, event, statusBody(job, state, urlsOf(job))), open(job, event))
  }

  const tellEnd = async (job: Job, url: string, mode: WebhookMode | undefined): Promise<void> => {
    await job.files
    const state = jobs.stateOf(job)
    if (state.status !== 'completed' && state.status !== 'failed') return
    const event = `video.${state.status}`
    const body = bodyOf(job, event, statusBody(job, state, urlsOf(job)))
    const delivery = open(job, event)
    await deliver(url, body, delivery)
    if (mode === 'duplicate') await deliver(url, body, delivery)
    if (mode !== 'reorder') return
    // The news of half time arrives after the end.
    const late = { job_id: job.id, status: 'processing', progress: 50 }
    await deliver(url, bodyOf(job, 'video.progress', late), open(job, 'video.progress'))
  }

  /** Says that a job is done which is not, with a signature of somebody who does not know the secret. */
  const forge = async (job: Job, url: string): Promise<void> => {
    const data = {
      job_id: job.id,
      status: 'completed',
      progress: 100,
      video_url: 'http://169.254.169.254/latest/meta-data/',
    }
    await deliver(url, bodyOf(job, 'video.completed', data), open(job, 'video.completed', true), `not ${secret}`)
  }

  return {
    deliveries: deliveries as readonly Delivery[],
    follow(job: Job): void {
      const url = job.callbackUrl
      const mode = find(job.effects, 'webhook')?.mode
      if (url === null || mode === 'none' || find(job.effects, 'sync')) return
      if (mode === 'forged') later(job.durationMs * 0.25, () => forge(job, url))
      if (mode !== 'reorder' && job.durationMs > 0) later(job.durationMs * 0.5, () => tellProgress(job, url))
      const failsMs = find(job.effects, 'fail') ? job.durationMs * 0.6 : job.durationMs
      if (!find(job.effects, 'stuck')) later(failsMs, () => tellEnd(job, url, mode))
    },
    /** Resolves when nothing is on its way; retries that wait for their time are not waited for. */
    async settled(): Promise<void> {
      while (underway.size > 0) await Promise.all(underway)
    },
    /** Breaks off what is on its way, and sends no more. */
    close(): void {
      close()
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
