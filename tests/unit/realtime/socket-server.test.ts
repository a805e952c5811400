import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { io } from 'socket.io-client'
import { Failure, toFailureRecord } from '../../../src/errors.ts'
import type { EventBody } from '../../../src/generations/event.ts'
import { makeCompleted, makeGeneration } from '../../doubles/use-cases.ts'
import { type RunningSockets, startSockets, until } from './support.ts'

let sockets: RunningSockets
beforeEach(async () => {
  sockets = await startSockets()
  sockets.heart.generations.set('gen_1', makeGeneration())
})
afterEach(() => sockets.stop())

const step: EventBody = { type: 'step', step: 'prepare', attempt: 1, provider: 'local' }
const progress = (done: number): EventBody => ({
  type: 'progress',
  step: 'start',
  stage: 'frames',
  done,
  total: 100,
  etaSeconds: 7.5,
})
const append = (body: EventBody, changes?: Parameters<RunningSockets['heart']['append']>[2]) =>
  sockets.heart.append('gen_1', body, changes)

describe('watching a generation', () => {
  it('replays what happened, follows what happens, and ends with the final event', async () => {
    append({
      type: 'queued',
      adjusted: [{ setting: 'duration', asked: 5, used: 15, why: 'too short' }],
      origin: 'made',
      queue: { ahead: 2, waitSeconds: 7.5 },
    })
    append(step, { status: 'processing', progress: 1 })
    const { watch, events } = await sockets.connect()
    expect(await watch({ id: 'gen_1' })).toEqual({ ok: true, id: 'gen_1', after: 0 })
    await until(() => events.length === 2)
    append(progress(50), { progress: 40 })
    const { output } = makeCompleted('gen_1', Buffer.from('video'))
    append(
      { type: 'completed', output: output!, cost: { micros: 150_000, currency: 'USD' }, seconds: 12.3 },
      { status: 'completed', progress: 100 },
    )
    await until(() => events.length === 4)
    const head = { id: 'gen_1', at: '2026-01-02T03:04:05.678Z' }
    expect(events).toEqual([
      {
        ...head,
        seq: 1,
        type: 'queued',
        status: 'queued',
        progress: 0,
        adjusted: [{ setting: 'duration', asked: 5, used: 15, why: 'too short' }],
        cached: false,
        shared: false,
        queue: { ahead: 2, expected_wait_seconds: 7.5, waiting_for: 'machine' },
      },
      {
        ...head,
        seq: 2,
        type: 'step',
        status: 'processing',
        progress: 1,
        step: 'prepare',
        attempt: 1,
        provider: 'local',
      },
      {
        ...head,
        seq: 3,
        type: 'progress',
        status: 'processing',
        progress: 40,
        step: 'start',
        stage: 'frames',
        done: 50,
        total: 100,
        eta_seconds: 7.5,
      },
      {
        ...head,
        seq: 4,
        type: 'completed',
        status: 'completed',
        progress: 100,
        output: { bytes: 5, seconds: 4.2, width: 720, height: 960, fps: 25, sha256: output!.sha256 },
        cost: { amount: '0.15', micros: 150_000, currency: 'USD' },
        processing_seconds: 12.3,
        links: {
          self: '/api/v1/video/gen_1',
          content: '/api/v1/video/gen_1/content',
          thumbnail: '/api/v1/video/gen_1/thumbnail',
        },
      },
    ])
    await until(() => sockets.heart.watching() === 0)
  })

  it('tells a failure as a problem, and a cancellation', async () => {
    const failure = toFailureRecord(
      new Failure('TIMEOUT', { reason: 'deadline-passed', message: 'Too slow.', hint: 'Later.' }),
    )
    append({ type: 'failed', failure }, { status: 'failed' })
    sockets.heart.append('gen_2', { type: 'cancelled' }, { status: 'cancelled' })
    const { watch, events } = await sockets.connect()
    await watch({ id: 'gen_1' })
    await watch({ id: 'gen_2' })
    await until(() => events.length === 2)
    expect(events).toMatchObject([
      {
        type: 'failed',
        status: 'failed',
        failure: {
          type: 'urn:talking-photo:problem:deadline-passed',
          title: 'It took longer than allowed',
          detail: 'Too slow.',
          code: 'TIMEOUT',
          hint: 'Later.',
          retryable: true,
        },
      },
      { id: 'gen_2', type: 'cancelled', status: 'cancelled' },
    ])
  })

  it('goes on from the last seq seen after a reconnect, with no event twice and none lost', async () => {
    for (let i = 0; i < 5; i += 1) append(progress(i))
    const first = await sockets.connect()
    await first.watch({ id: 'gen_1' })
    await until(() => first.events.length === 5)
    first.socket.disconnect()
    await until(() => sockets.heart.watching() === 0)
    for (let i = 5; i < 10; i += 1) append(progress(i))
    const second = await sockets.connect()
    expect(await second.watch({ id: 'gen_1', after: 5 })).toMatchObject({ ok: true, after: 5 })
    await until(() => second.events.length === 5)
    expect([...first.events, ...second.events].map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('replaces the first watch by a second on the same generation', async () => {
    const { watch, events } = await sockets.connect()
    await watch({ id: 'gen_1' })
    await watch({ id: 'gen_1' })
    await until(() => sockets.heart.watching() === 1)
    append(progress(1))
    append(progress(2))
    await until(() => events.length === 2)
    expect(events.map(({ seq }) => seq)).toEqual([1, 2])
    expect(await watch({ id: 'gen_1', after: 1 })).toMatchObject({ ok: true })
    await until(() => events.length === 3)
    expect(events.at(-1)?.seq).toBe(2)
  })

  it('ends on request, and a second request changes nothing', async () => {
    const { watch, unwatch, events } = await sockets.connect()
    await watch({ id: 'gen_1' })
    expect(await unwatch({ id: 'gen_1' })).toEqual({ ok: true, id: 'gen_1' })
    expect(await unwatch({ id: 'gen_1' })).toEqual({ ok: true, id: 'gen_1' })
    await until(() => sockets.heart.watching() === 0)
    append(progress(1))
    await watch({ id: 'gen_1', after: 1 })
    append(progress(2))
    await until(() => events.length === 1)
    expect(events[0]?.seq).toBe(2)
  })

  it('keeps the watches of one connection apart from those of another', async () => {
    sockets.heart.generations.set('gen_2', makeGeneration({ id: 'gen_2' }))
    const [one, two] = [await sockets.connect(), await sockets.connect()]
    await one.watch({ id: 'gen_1' })
    await two.watch({ id: 'gen_2' })
    sockets.heart.append('gen_1', step)
    sockets.heart.append('gen_2', step)
    await until(() => one.events.length === 1 && two.events.length === 1)
    expect([one.events[0]?.id, two.events[0]?.id]).toEqual(['gen_1', 'gen_2'])
    one.socket.disconnect()
    await until(() => sockets.heart.watching() === 1)
  })

  it('grants nothing for an unknown or foreign generation', async () => {
    const { watch } = await sockets.connect()
    const refused = { ok: false, error: { code: 'INVALID_REQUEST', reason: 'generation-not-found' } }
    expect(await watch({ id: 'gen_9' })).toMatchObject(refused)
    const stranger = await sockets.connect({ tenant: 'other' })
    expect(await stranger.watch({ id: 'gen_1' })).toMatchObject(refused)
    append(progress(1))
    expect(await stranger.watch({ id: 'gen_1' })).toMatchObject(refused)
    expect(stranger.events).toEqual([])
    expect(sockets.heart.watching()).toBe(0)
  })

  it.each([
    [null],
    ['gen_1'],
    [{}],
    [{ id: 7 }],
    [{ id: '' }],
    [{ id: '../x' }],
    [{ id: 'x'.repeat(65) }],
    [{ id: 'gen_1', after: -1 }],
    [{ id: 'gen_1', after: 1.5 }],
    [{ id: 'gen_1', after: '3' }],
    [{ id: 'gen_1', since: 3 }],
    [[{ id: 'gen_1' }]],
  ])('refuses the message %j', async (message) => {
    const { watch, unwatch, events } = await sockets.connect()
    const refused = {
      ok: false,
      error: { code: 'INVALID_REQUEST', reason: 'message-malformed', hint: expect.any(String) },
    }
    expect(await watch(message)).toMatchObject(refused)
    if (!(message && typeof message === 'object' && 'after' in message))
      expect(await unwatch(message)).toMatchObject(refused)
    expect(events).toEqual([])
    expect(await watch({ id: 'gen_1' })).toMatchObject({ ok: true })
  })

  it('answers a message that asked for no acknowledgement, or is nothing but one', async () => {
    const { socket, errors, events } = await sockets.connect()
    socket.emit('generation:watch', { id: 'gen_9' })
    socket.emit('generation:watch')
    await until(() => errors.length === 2)
    expect(errors.map(({ error }) => error.reason).sort()).toEqual(['generation-not-found', 'message-malformed'])
    expect(await socket.emitWithAck('generation:watch')).toMatchObject({ ok: false })
    socket.emit('generation:watch', { id: 'gen_1' })
    append(progress(1))
    await until(() => events.length === 1)
  })

  it('limits the watches of one connection, and gives a place back when one ends', async () => {
    await sockets.stop()
    sockets = await startSockets({ watchLimit: 2 })
    for (const id of ['gen_1', 'gen_2', 'gen_3']) sockets.heart.generations.set(id, makeGeneration({ id }))
    const { watch, unwatch } = await sockets.connect()
    await watch({ id: 'gen_9' })
    await watch({ id: 'gen_1' })
    await watch({ id: 'gen_2' })
    expect(await watch({ id: 'gen_3' })).toMatchObject({
      ok: false,
      error: { reason: 'too-many-watches', retryable: true },
    })
    expect(await watch({ id: 'gen_2' })).toMatchObject({ ok: true })
    await unwatch({ id: 'gen_1' })
    expect(await watch({ id: 'gen_3' })).toMatchObject({ ok: true })
    sockets.heart.append('gen_3', { type: 'cancelled' }, { status: 'cancelled' })
    await until(() => sockets.heart.watching() === 1)
    expect(await watch({ id: 'gen_1' })).toMatchObject({ ok: true })
  })

  it('tells when the log cannot be read any further, without saying why, and logs why', async () => {
    await sockets.stop()
    sockets = await startSockets({
      getGeneration: async () => makeGeneration(),
      async *watchGeneration() {
        yield {
          generationId: 'gen_1',
          tenantId: 't',
          seq: 1,
          at: new Date(),
          status: 'queued',
          progress: 0,
          body: step,
        }
        throw new Error('password=hunter2')
      },
    })
    const { watch, events, errors } = await sockets.connect()
    await watch({ id: 'gen_1' })
    await until(() => errors.length === 1)
    expect(events).toHaveLength(1)
    expect(errors[0]).toMatchObject({ id: 'gen_1', error: { code: 'UNKNOWN_ERROR', reason: 'unexpected' } })
    expect(JSON.stringify(errors)).not.toContain('hunter2')
    expect(JSON.stringify(sockets.lines)).toContain('hunter2')
  })
})

describe('the connection', () => {
  it('is refused to an unknown key, with the problem', async () => {
    const refused = await sockets.connect({ key: 'wrong' }).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      message: 'This key is not known.',
      data: { code: 'AUTHENTICATION_FAILED', reason: 'key-unknown' },
    })
  })

  it('works for a client that begins with polling', async () => {
    const socket = io(sockets.url, { reconnection: false, forceNew: true })
    expect(await socket.emitWithAck('generation:watch', { id: 'gen_1' })).toMatchObject({ ok: true })
    socket.disconnect()
  })

  it('is cut when a message is far too large', async () => {
    const { socket } = await sockets.connect()
    const gone = new Promise((resolve) => socket.once('disconnect', resolve))
    socket.emit('generation:watch', { id: 'x'.repeat(10_000) })
    await gone
  })

  it('leaves HTTP beside it alone, also after it is closed', async () => {
    expect(await (await fetch(sockets.url)).text()).toBe('http')
    await sockets.connect()
    await sockets.closeRealtime()
    expect(await (await fetch(sockets.url)).text()).toBe('http')
  })

  it('closes so that its clients come back by themselves', async () => {
    const { socket } = await sockets.connect()
    const gone = new Promise<boolean>((resolve) => socket.once('disconnect', () => resolve(socket.active)))
    await sockets.closeRealtime()
    // Inactive is a client that was told to stay away.
    expect(await gone).toBe(true)
  })

  it('closes with every watch let go', async () => {
    const { socket, watch } = await sockets.connect()
    await watch({ id: 'gen_1' })
    await until(() => sockets.heart.watching() === 1)
    await sockets.closeRealtime()
    expect(sockets.heart.watching()).toBe(0)
    await until(() => !socket.connected)
  })

  it('reads the log no further while its client takes nothing, and goes on when it does', async () => {
    const total = 2_000
    let read = 0
    const why = 'x'.repeat(20_000)
    await sockets.stop()
    sockets = await startSockets({
      getGeneration: async () => makeGeneration(),
      async *watchGeneration() {
        for (let seq = 1; seq <= total; seq += 1) {
          read = seq
          const body: EventBody = {
            type: 'queued',
            adjusted: [{ setting: 'a', asked: 1, used: 2, why }],
            origin: 'made',
            queue: null,
          }
          yield { generationId: 'gen_1', tenantId: 't', seq, at: new Date(0), status: 'queued', progress: 0, body }
        }
      },
    })
    const { socket, watch, events } = await sockets.connect()
    const transport = socket.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }
    await watch({ id: 'gen_1' })
    transport.ws.pause()
    // 2000 x 20 kB do not fit into what the kernel buffers for a connection: the server has to wait.
    await until(() => sockets.lines.some(({ msg }) => msg === 'waiting for a slow watcher'))
    expect(read).toBeLessThan(total)
    transport.ws.resume()
    await until(() => events.length === total)
    expect(events.every(({ seq }, index) => seq === index + 1)).toBe(true)
  })
})
