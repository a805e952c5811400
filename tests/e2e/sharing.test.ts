/** The same request again: at once from what is stored, or together with the one under way; and a queue that is told. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type GenerationJson, generate, getGeneration, postGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { filesIn, makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

const fields = { script: 'Two of us say the very same words.', quality: 'economy' }

const hashOf = ({ output }: GenerationJson) => (output as { sha256: string }).sha256

describe('equal requests', () => {
  let data: Awaited<ReturnType<typeof makeDataDir>>
  let server: TestServer
  const remove = (id: string) => fetch(`${server.url}/api/v1/video/${id}`, { method: 'DELETE' })
  const contentHash = async (id: string) => {
    const response = await fetch(`${server.url}/api/v1/video/${id}/content`)
    return response.ok
      ? createHash('sha256')
          .update(Buffer.from(await response.arrayBuffer()))
          .digest('hex')
      : response.status
  }

  beforeAll(async () => {
    data = await makeDataDir()
    server = await runServer(data.path, { MAX_QUEUED: '2', RENDER_CONCURRENCY: '1' })
  })
  afterAll(async () => {
    await server.stop()
    await data.remove()
  })

  it('render once under way, and survive the cancel of the first', async () => {
    const first = await generate(server.url, demoPortrait, { ...fields, metadata: '{"nr":1}' })
    const second = await generate(server.url, demoPortrait, { ...fields, metadata: '{"nr":2}' })
    expect(first).toMatchObject({ shared: false, cached: false })
    expect(second).toMatchObject({ shared: true, cached: false, work_id: first.work_id, metadata: { nr: 2 } })
    expect((await remove(first.id)).status).toBe(200)
    const events = await watch(server.url, second.id)
    expect(events.at(-1)).toMatchObject({ type: 'completed' })
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect((await getGeneration(server.url, first.id)).status).toBe('cancelled')
    expect(await contentHash(first.id)).toBe(410)
    expect((await remove(first.id)).status).toBe(204)
    expect(await contentHash(second.id)).toBe(hashOf(await getGeneration(server.url, second.id)))
    expect(server.log.filter(({ event }) => event === 'generation_completed')).toHaveLength(1)
  }, 120_000)

  it('are answered at once when done, with the same bytes, until the last of them is deleted', async () => {
    const made = await generateOrTake(fields)
    const { id, output } = made
    const response = await postGeneration(server.url, demoPortrait, fields)
    expect(response.status).toBe(200)
    expect(response.headers.get('retry-after')).toBeNull()
    const again = (await response.json()) as GenerationJson
    expect(again).toMatchObject({ status: 'completed', cached: true, progress: 100, output, cost: { micros: 0 } })
    expect((await watch(server.url, again.id)).map(({ type }) => type)).toEqual(['queued', 'completed'])
    const fresh = await generate(server.url, demoPortrait, { ...fields, fresh: true })
    expect(fresh).toMatchObject({ cached: false, shared: false })
    await watch(server.url, fresh.id)

    expect((await remove(id)).status).toBe(204)
    expect(await contentHash(again.id)).toBe(hashOf(made))
    const list = (await (await fetch(`${server.url}/api/v1/video`)).json()) as { items: { id: string }[] }
    for (const item of list.items) expect((await remove(item.id)).status).toBe(204)
    expect(await filesIn(data.path)).toEqual([])
  }, 120_000)

  /** A completed generation of these fields, made or found. */
  async function generateOrTake(wanted: typeof fields) {
    const response = await postGeneration(server.url, demoPortrait, wanted)
    const { id } = (await response.json()) as { id: string }
    await watch(server.url, id)
    return getGeneration(server.url, id)
  }

  it('that find the queue full are told when to come back, and those who wait how they move up', async () => {
    const long = 'This one takes its time so that others have to wait behind it. '.repeat(5)
    const running = await generate(server.url, demoPortrait, { script: long, quality: 'premium' })
    await watch(server.url, running.id, 0, ({ type }) => type === 'progress')
    const waiting = await Promise.all(
      ['One.', 'Two.'].map((script) => generate(server.url, demoPortrait, { script, quality: 'economy' })),
    )
    expect(waiting.map(({ queue }) => queue?.ahead).sort()).toEqual([1, 2])
    const refused = await postGeneration(server.url, demoPortrait, { script: 'Three.', quality: 'economy' })
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({ reason: 'queue-full', retryable: true, waiting: 2 })
    expect((await remove(running.id)).status).toBe(200)
    for (const { id } of waiting) {
      const events = await watch(server.url, id)
      expect(events.at(-1)?.type).toBe('completed')
    }
    const places = (await Promise.all(waiting.map(({ id }) => watch(server.url, id))))
      .map((events) =>
        events.flatMap((event) => ('queue' in event && event.queue ? [event.queue as { ahead: number }] : [])),
      )
      .map((told) => told.map(({ ahead }) => ahead))
    expect(places.map((told) => told[0]).sort()).toEqual([1, 2])
    // Whoever was second was told that it moved up before it began.
    expect(places.some((told) => told.length > 1 && told.at(-1)! < told[0]!)).toBe(true)
  }, 120_000)
})
