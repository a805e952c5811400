import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { signWebhook } from '../../../src/sandbox/veo3-webhooks.ts'
import { generateBody, type Json, openRig, type Rig, whenOver } from './rig.ts'

interface Heard {
  readonly id: string
  readonly signature: string
  readonly raw: string
  readonly body: Json
}

/** A receiver that answers with these statuses, then with 204; null: not at all. */
async function openReceiver(answers: readonly (number | null)[] = []) {
  const heard: Heard[] = []
  let listeners: (() => void)[] = []
  const server = createServer(async (request, response) => {
    let raw = ''
    for await (const chunk of request.setEncoding('utf8')) raw += chunk
    const answer = answers[heard.length]
    const { 'x-veo3-event-id': id, 'x-veo3-signature': signature } = request.headers
    heard.push({ id: String(id), signature: String(signature), raw, body: JSON.parse(raw) })
    if (answer !== null) response.writeHead(answer ?? 204).end()
    for (const listener of listeners.splice(0)) listener()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  whenOver(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    async hears(count: number): Promise<void> {
      while (heard.length < count) await new Promise<void>((done) => listeners.push(done))
      listeners = []
    },
  }
}

async function submitTo(rig: Rig, url: string, text?: string): Promise<string> {
  const { body } = await rig.post(generateBody(text, { callback_url: url }))
  return body.job_id
}

function isSignedBy(secret: string, { signature, raw }: Heard): boolean {
  const [, time, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  return given === createHmac('sha256', secret).update(`${time}.${raw}`).digest('hex')
}

const secret = 'your_webhook_secret'

describe('webhooks', () => {
  it('are signed as the contract has it', () => {
    const body =
      '{"event":"video.completed","job_id":"veo3_job_123456","created_at":"2025-09-13T10:32:45Z","data":{"status":"completed","progress":100}}'
    expect(signWebhook(secret, 1757759565, body)).toBe(
      't=1757759565,v1=a19a3dc370eb4896a12518d3fb37dbd4f996498697e0e5451f303afca5934d72',
    )
  })

  it('tell half time and the end, signed at the time they are sent', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    const job_id = await submitTo(rig, receiver.url)
    rig.clock.advance(3000)
    await rig.control.settled()
    rig.clock.advance(3000)
    await rig.control.settled()
    expect(receiver.heard.map(({ body }) => [body.event, body.job_id, body.created_at, body.data.progress])).toEqual([
      ['video.progress', job_id, '2025-09-13T10:30:03Z', 50],
      ['video.completed', job_id, '2025-09-13T10:30:06Z', 100],
    ])
    expect(receiver.heard[1]?.body.data).toEqual((await rig.status(job_id)).body)
    expect(receiver.heard.every((heard) => isSignedBy(secret, heard))).toBe(true)
    expect(receiver.heard[1]?.signature).toContain(`t=${Date.parse('2025-09-13T10:30:06Z') / 1000},`)
  })

  it('arrive also when time leaps over all of them', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await submitTo(rig, receiver.url)
    rig.clock.advance(60_000)
    await rig.control.settled()
    expect(rig.control.deliveries.map(({ event, answers }) => [event, answers])).toEqual([
      ['video.progress', [204]],
      ['video.completed', [204]],
    ])
  })

  it('tell a failure', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await submitTo(rig, receiver.url, 'Hi [[fail:content_policy]]')
    rig.clock.advance(6000)
    await rig.control.settled()
    expect(receiver.heard.map(({ body }) => body.event).sort()).toEqual(['video.failed', 'video.progress'])
    expect(receiver.heard.find(({ body }) => body.event === 'video.failed')?.body.data.error.code).toBe(
      'content_policy_violation',
    )
  })

  it('come again after 1, 5 and 25 s, as the same event signed anew, and then no more', async () => {
    const rig = await openRig()
    const receiver = await openReceiver([500, 500, 500, 500, 500])
    await submitTo(rig, receiver.url, 'Hi [[slow:0]]')
    const waits = [0, 1000, 5000, 25_000, 600_000]
    const counts = []
    for (const ms of waits) {
      if (ms > 0) {
        rig.clock.advance(ms - 1)
        await rig.control.settled()
        counts.push(receiver.heard.length)
        rig.clock.advance(1)
      } else rig.clock.advance(0)
      await rig.control.settled()
    }
    expect(counts).toEqual([1, 2, 3, 4])
    expect(receiver.heard).toHaveLength(4)
    expect(new Set(receiver.heard.map(({ id }) => id)).size).toBe(1)
    expect(new Set(receiver.heard.map(({ signature }) => signature)).size).toBe(4)
    expect(rig.control.deliveries.map(({ answers }) => answers)).toEqual([[500, 500, 500, 500]])
  })

  it('give a receiver 5 s', async () => {
    const rig = await openRig()
    const receiver = await openReceiver([null])
    await submitTo(rig, receiver.url, 'Hi [[slow:0]]')
    rig.clock.advance(0)
    await receiver.hears(1)
    rig.clock.advance(5000)
    await rig.control.settled()
    rig.clock.advance(1000)
    await rig.control.settled()
    expect(rig.control.deliveries.map(({ answers }) => answers)).toEqual([[null, 204]])
  })

  it('can come twice as the same event', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await submitTo(rig, receiver.url, 'Hi [[slow:0]] [[webhook:duplicate]]')
    rig.clock.advance(0)
    await rig.control.settled()
    expect(receiver.heard.map(({ body }) => body.event)).toEqual(['video.completed', 'video.completed'])
    expect(receiver.heard[0]?.id).toBe(receiver.heard[1]?.id)
  })

  it('can come in the wrong order', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await submitTo(rig, receiver.url, 'Hi [[webhook:reorder]]')
    rig.clock.advance(6000)
    await rig.control.settled()
    expect(receiver.heard.map(({ body }) => body.event)).toEqual(['video.completed', 'video.progress'])
  })

  it('can be forged: somebody without the secret says too early that it is done', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    const job_id = await submitTo(rig, receiver.url, 'Hi [[webhook:forged]]')
    rig.clock.advance(1500)
    await rig.control.settled()
    expect(receiver.heard.map((heard) => [heard.body.event, isSignedBy(secret, heard)])).toEqual([
      ['video.completed', false],
    ])
    expect((await rig.status(job_id)).body.status).toBe('processing')
  })

  it('that are forged do not come again, whatever they are answered', async () => {
    const rig = await openRig()
    const receiver = await openReceiver([401])
    await submitTo(rig, receiver.url, 'Hi [[webhook:forged]] [[stuck:50]]')
    rig.clock.advance(1500)
    await rig.control.settled()
    rig.clock.advance(1000)
    await rig.control.settled()
    expect(rig.control.deliveries.map(({ answers }) => answers)).toEqual([[401]])
  })

  it('say nothing more of a job that was cancelled', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await rig.cancel(await submitTo(rig, receiver.url))
    rig.clock.advance(60_000)
    await rig.control.settled()
    expect(receiver.heard).toEqual([])
  })

  it('are broken off when the simulator closes, and do not come again', async () => {
    const rig = await openRig()
    const receiver = await openReceiver([null])
    await submitTo(rig, receiver.url, 'Hi [[slow:0]]')
    rig.clock.advance(0)
    await receiver.hears(1)
    await rig.simulator.close()
    await rig.control.settled()
    rig.clock.advance(600_000)
    await rig.control.settled()
    expect(rig.control.deliveries.map(({ answers }) => answers)).toEqual([[null]])
  })

  it('can stay away, and are not sent where nobody asked for them', async () => {
    const rig = await openRig()
    const receiver = await openReceiver()
    await submitTo(rig, receiver.url, 'Hi [[webhook:none]]')
    await rig.finished()
    await rig.control.settled()
    expect(receiver.heard).toEqual([])
    expect(rig.control.deliveries).toEqual([])
  })
})
