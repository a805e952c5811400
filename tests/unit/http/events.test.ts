import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventBody } from '../../../src/generations/event.ts'
import { eventPageSchema } from '../../../src/http/schemas/event.ts'
import { openEventStream } from '../../support/event-stream-client.ts'
import { problemOf, type RunningApp, startApp, until } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

const restart = async (...parts: Parameters<typeof startApp>) => {
  await app.stop()
  app = await startApp(...parts)
}
const address = (query = '', id = 'gen_1') => `${app.url}/api/v1/video/${id}/events${query}`
const page = async (query = '') => eventPageSchema.parse(await (await fetch(address(query))).json())
const append = (count: number, stage = 'frames') => {
  for (let done = 0; done < count; done += 1) {
    const body: EventBody = { type: 'progress', step: 'start', stage, done, total: count, etaSeconds: null }
    app.heart.append('gen_1', body, { status: 'processing' })
  }
}
const finish = () => app.heart.append('gen_1', { type: 'cancelled' }, { status: 'cancelled' })
const seqs = (events: readonly { seq: number }[]) => events.map(({ seq }) => seq)
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index)

describe('the log as pages of JSON', () => {
  it('is read from any point, page by page, and says when it is at its end', async () => {
    append(5)
    expect(await page('?limit=2')).toMatchObject({ next_after: 2, last_seq: 5, ended: false })
    const rest = await page('?after=2&limit=500')
    expect(seqs(rest.items)).toEqual([3, 4, 5])
    expect(rest).toMatchObject({ next_after: 5, last_seq: 5, ended: false })
    expect(await page('?after=5')).toEqual({ items: [], next_after: 5, last_seq: 5, ended: false })
    finish()
    expect(await page('?limit=5')).toMatchObject({ next_after: 5, last_seq: 6, ended: false })
    expect(await page('?after=5')).toMatchObject({ items: [{ type: 'cancelled' }], next_after: 6, ended: true })
    expect(await page('?after=6')).toEqual({ items: [], next_after: 6, last_seq: 6, ended: true })
  })

  it.each([
    ['after=-1', 'after'],
    ['after=x', 'after'],
    ['after=1.5', 'after'],
    ['after=99999999999', 'after'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['lastEventId=x', 'lastEventId'],
  ])('refuses ?%s', async (query, field) => {
    append(1)
    const problem = await problemOf(await fetch(address(`?${query}`)), 422, 'field-invalid')
    expect(problem.errors).toMatchObject([{ field }])
  })

  it('is of a generation that there is, of this tenant', async () => {
    append(1)
    for (const headers of [{ Accept: 'application/json' }, { Accept: 'text/event-stream' }]) {
      await problemOf(await fetch(address('', 'gen_9'), { headers }), 404, 'generation-not-found')
      const foreign = { headers: { ...headers, 'X-Tenant': 'other' } }
      await problemOf(await fetch(address(), foreign), 404, 'generation-not-found')
    }
  })
})

describe('the log as a stream', () => {
  it('replays what there is, follows, and ends after the final event', async () => {
    append(3)
    const stream = await openEventStream(address())
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      vary: 'Accept',
    })
    await until(() => stream.events.length === 3)
    append(2)
    await until(() => stream.events.length === 5)
    finish()
    await stream.ended
    expect(seqs(stream.events)).toEqual(upTo(6))
    expect(stream.retryMs()).toBe(2_000)
    expect(stream.events).toEqual((await page()).items)
    await until(() => app.heart.watching() === 0 && app.eventStreams.open() === 0)
  })

  it('goes on after the last event seen, said by the header before the query', async () => {
    append(6)
    const streams = [
      await openEventStream(address('?after=1'), { lastEventId: 4 }),
      await openEventStream(address('?after=1&lastEventId=4')),
      await openEventStream(address('?after=4')),
      await openEventStream(address(), { lastEventId: 4 }),
    ]
    finish()
    for (const stream of streams) {
      await stream.ended
      expect(seqs(stream.events)).toEqual([5, 6, 7])
    }
  })

  it('answers 204 to who has seen the end, so that an EventSource stops coming back', async () => {
    append(1)
    finish()
    expect((await openEventStream(address(), { lastEventId: 2 })).response.status).toBe(204)
    expect((await openEventStream(address(), { lastEventId: 1 })).response.status).toBe(200)
    expect((await openEventStream(address())).response.status).toBe(200)
  })

  it('is asked for by Accept, and JSON is what all others get', async () => {
    append(1)
    finish()
    for (const [accept, type] of [
      ['text/event-stream', 'text/event-stream; charset=utf-8'],
      ['text/event-stream;q=0.5, application/json', 'application/json; charset=utf-8'],
      ['text/html, */*;q=0.8', 'application/json; charset=utf-8'],
      ['image/png', 'application/json; charset=utf-8'],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(address(), { method, headers: { Accept: accept } })
        await response.text()
        expect(response.headers.get('content-type')).toBe(type)
      }
    }
  })

  it('refuses a Last-Event-ID that is none', async () => {
    append(1)
    const { response } = await openEventStream(address(), { headers: { 'Last-Event-ID': 'x' } })
    expect((await problemOf(response, 422, 'field-invalid')).errors).toMatchObject([{ field: 'Last-Event-ID' }])
  })

  it('shows with comments that it is alive', async () => {
    await restart({}, {}, { heartbeatMs: 5 })
    append(1)
    const stream = await openEventStream(address())
    await until(() => stream.comments.length > 2)
    stream.close()
  })

  it('lets the log go when the client leaves, and when the server stops', async () => {
    append(1)
    const first = await openEventStream(address())
    await until(() => app.heart.watching() === 1)
    first.close()
    await until(() => app.heart.watching() === 0 && app.eventStreams.open() === 0)
    const second = await openEventStream(address())
    await until(() => second.events.length === 1)
    await app.eventStreams.close()
    await second.ended
    expect(app.heart.watching()).toBe(0)
  })

  it('ends when the log cannot be read, for the client to come back', async () => {
    await app.stop()
    app = await startApp()
    append(1)
    app.heart.breakWatches = new Error('the database went away at /var/secret')
    const stream = await openEventStream(address())
    await stream.ended
    expect(app.lines.filter(({ level }) => level === 50)).toMatchObject([{ msg: 'a stream of events broke off' }])
    expect(app.eventStreams.open()).toBe(0)
  })

  it('does not read the log on for who takes nothing, and cuts them off after a while', async () => {
    await restart({}, {}, { stallMs: 300 })
    append(4_000, 'x'.repeat(4_000))
    let read = 0
    app.heart.onWatched = () => {
      read += 1
    }
    const socket = connect(Number(new URL(app.url).port))
    socket.pause()
    socket.write('GET /api/v1/video/gen_1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n')
    await until(() => app.heart.watching() === 1)
    await until(() => app.heart.watching() === 0)
    expect(read).toBeGreaterThan(1)
    expect(read).toBeLessThan(3_000)
    socket.resume()
    await once(socket, 'close')
  })

  it('is open only so many times for one tenant and in one process', async () => {
    await restart({}, {}, { tenantLimit: 2, limit: 3 })
    append(1)
    for (const id of ['gen_2', 'gen_3']) app.heart.append(id, { type: 'cancelled' }, { status: 'cancelled' })
    const streams = [await openEventStream(address()), await openEventStream(address())]
    const third = await openEventStream(address())
    expect(third.response.headers.get('retry-after')).toBe('5')
    await problemOf(third.response, 429, 'too-many-streams')
    app.heart.append('gen_1', { type: 'queued', adjusted: [], origin: 'made', queue: null }, { status: 'processing' })
    const other = { headers: { 'X-Tenant': 'other' } }
    app.heart.generations.set('gen_x', { ...app.heart.generations.get('gen_1')!, id: 'gen_x', tenantId: 'other' })
    streams.push(await openEventStream(address('', 'gen_x'), other))
    await problemOf((await openEventStream(address('', 'gen_x'), other)).response, 503, 'streams-full')
    for (const stream of streams) stream.close()
    await until(() => app.eventStreams.open() === 0)
    const again = await openEventStream(address())
    expect(again.response.status).toBe(200)
    again.close()
  })
})
