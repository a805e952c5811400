/** Sends webhooks: each waits 5 s for its answer at most, and all are given up at the end. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { SimulatorClock } from './simulator-clock.ts'

const patienceMs = 5000

export function createWebhookPost(clock: SimulatorClock) {
  const timers = new Set<() => void>()
  const closing = new AbortController()

  return {
    isClosed: () => closing.signal.aborted,
    /** @returns the status that was answered; null: none came */
    post: (url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number | null> =>
      new Promise((done) => {
        const send = url.startsWith('https:') ? httpsRequest : httpRequest
        const length = { 'Content-Length': Buffer.byteLength(body) }
        const sent = send(url, { method: 'POST', headers: { ...headers, ...length }, signal: closing.signal })
        let giveUp = () => {}
        const settle = (status: number | null) => {
          clearImmediate(started)
          giveUp()
          timers.delete(giveUp)
          done(status)
        }
        // Virtual time may be leaping over these seconds just now, in which nothing can be sent.
        const started = setImmediate(() => {
          giveUp = clock.after(patienceMs, () => sent.destroy(new Error('too late')))
          timers.add(giveUp)
        })
        sent.once('response', (response) => {
          response.resume()
          settle(response.statusCode ?? null)
        })
        sent.once('error', () => settle(null))
        sent.end(body)
      }),
    close(): void {
      closing.abort()
      for (const cancel of timers) cancel()
      timers.clear()
    },
  }
}
