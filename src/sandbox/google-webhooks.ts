/**
 * Static webhooks, signed as Standard Webhooks are: registered once for the account, at least once for each end, again after 1, 5
 * and 25 s where the receiver does not answer 2xx. Veo tells of films only; of what fails nobody hears.
 */
import { createHmac } from 'node:crypto'
import type { WebhookMode } from './fault.ts'
import { fileUriOf, type MadeBy, operationNameOf } from './google-answers.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { createWebhookPost } from './post-webhook.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import type { Delivery } from './simulator-control.ts'

/** webhook-signature over id, time and body; `secret` as 'whsec_…'. */
export function signStandardWebhook(secret: string, id: string, timestampSeconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`
}

export interface GoogleWebhooksOptions {
  readonly secret: string
  readonly clock: SimulatorClock
  readonly jobs: Jobs
}

const retriesMs = [1000, 5000, 25_000]
const [mostKept, mostEndpoints] = [500, 10]

export function createGoogleWebhooks({ secret, clock, jobs }: GoogleWebhooksOptions) {
  const endpoints: { readonly uri: string; readonly events: readonly string[] }[] = []
  const deliveries: Delivery[] = []
  const underway = new Set<Promise<unknown>>()
  const timers = new Set<() => void>()
  const { post, isClosed, close } = createWebhookPost(clock)
  let count = 0

  const later = (ms: number, run: () => Promise<unknown>): void => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel)
      const tracked = run().finally(() => underway.delete(tracked))
      underway.add(tracked)
    })
    timers.add(cancel)
  }

  const deliver = async (uri: string, body: string, delivery: Delivery, signedWith = secret): Promise<void> => {
    if (isClosed()) return
    const seconds = Math.floor(clock.now().getTime() / 1000)
    const status = await post(uri, body, {
      'Content-Type': 'application/json',
      'webhook-id': delivery.eventId,
      'webhook-timestamp': String(seconds),
      'webhook-signature': signStandardWebhook(signedWith, delivery.eventId, seconds, body),
    })
    delivery.answers.push(status)
    const retryMs = retriesMs[delivery.answers.length - 1]
    const isTaken = status !== null && status >= 200 && status < 300
    if (!isTaken && !delivery.isForged && retryMs !== undefined && !isClosed())
      later(retryMs, () => deliver(uri, body, delivery, signedWith))
  }

  const send = async (job: Job, type: string, data: object, isForged = false): Promise<void> => {
    const body = JSON.stringify({ type, version: 'v1', timestamp: clock.now().toISOString(), data })
    for (const { uri } of endpoints.filter(({ events }) => events.includes(type))) {
      count += 1
      const delivery: Delivery = { eventId: `msg_${count}`, event: type, jobId: job.id, answers: [], isForged }
      deliveries.push(delivery)
      if (deliveries.length > mostKept) deliveries.shift()
      await deliver(uri, body, delivery, isForged ? `whsec_${Buffer.from('somebody else').toString('base64')}` : secret)
      if (!isForged && find(job.effects, 'webhook')?.mode === 'duplicate') await deliver(uri, body, delivery)
    }
  }

  const tell = (job: Job, by: MadeBy, status: string, isForged = false): Promise<void> => {
    if (by.wire === 'omni') return send(job, `interaction.${status}`, { id: job.id }, isForged)
    if (status !== 'completed') return Promise.resolve()
    const file = { output_file_uri: fileUriOf(job), file_name: `files/${job.id}` }
    return send(job, 'video.generated', { id: operationNameOf(job, by), ...file }, isForged)
  }

  const tellEnd = async (job: Job, by: MadeBy): Promise<void> => {
    await job.files
    const { status } = jobs.stateOf(job)
    if (status === 'completed' || status === 'failed') await tell(job, by, status)
  }

  return {
    deliveries: deliveries as readonly Delivery[],
    register(uri: string, events: readonly string[]): boolean {
      if (endpoints.length >= mostEndpoints) return false
      endpoints.push({ uri, events })
      return true
    },
    follow(job: Job, by: MadeBy): void {
      const mode: WebhookMode | undefined = find(job.effects, 'webhook')?.mode
      if (mode === 'none') return
      if (mode === 'forged') later(job.durationMs * 0.25, () => tell(job, by, 'completed', true))
      const endsMs = find(job.effects, 'fail') ? job.durationMs * 0.6 : job.durationMs
      if (!find(job.effects, 'stuck')) later(endsMs, () => tellEnd(job, by))
    },
    async settled(): Promise<void> {
      while (underway.size > 0) await Promise.all(underway)
    },
    close(): void {
      close()
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
