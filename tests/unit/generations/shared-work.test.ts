import { afterEach, describe, expect, it } from '@jest/globals'
import { sweepMedia } from '../../../src/generations/sweep-media.ts'
import type { GenerationRequest } from '../../../src/generations/use-cases.ts'
import type { Provider } from '../../../src/providers/provider.ts'
import { createHeart, goodVerdict, type Heart, settings } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

const hearts: Heart[] = []
afterEach(async () => {
  for (const heart of hearts.splice(0)) await heart.dispose()
})

async function make(provider: Provider = createScriptedProvider('a')): Promise<Heart> {
  const heart = await createHeart([provider])
  hearts.push(heart)
  return heart
}

/** A provider whose call ends when the test says so. */
function held() {
  let finish = () => {}
  let begun = () => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  const provider = createScriptedProvider('a', {
    start: ({ signal }) =>
      new Promise((resolve, reject) => {
        finish = () => resolve('finish')
        signal.addEventListener('abort', () => reject(signal.reason))
        begun()
      }),
  })
  return { provider, started, finish: () => finish() }
}

const fileNames = async (heart: Heart) => (await heart.mediaKeys()).map((key) => key.split('/').at(-1))

describe('a request that was made before', () => {
  it('is answered at once with the same stored bytes, without any work', async () => {
    const provider = createScriptedProvider('a')
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    await heart.runAll()
    heart.tick(60_000)
    const { generation: second } = await heart.request({ metadata: { order: 2 } })

    const done = await heart.reload(first.id)
    expect(second).toMatchObject({ status: 'completed', origin: 'cached', progress: 100, metadata: { order: 2 } })
    expect(second.output).toEqual(done.output)
    expect(second.cost).toEqual({ micros: 0, currency: 'INR' })
    expect(await heart.reload(second.id)).toEqual(second)
    expect(await heart.eventTypes(second.id)).toEqual(['queued', 'completed'])
    expect(heart.takeJobs()).toEqual([])
    expect(provider.started).toHaveLength(1)
    expect(await heart.mediaKeys()).toHaveLength(4)
    expect(heart.store.consents.map(({ generationId }) => generationId)).toEqual([first.id, second.id])
  })

  it.each<[string, Partial<GenerationRequest>]>([
    ['another script', { script: 'Hello there, again.' }],
    ['another photo', { photo: { file: '/nowhere', sha256: 'cd'.repeat(32) } }],
    ['another face', { face: 0 }],
    ['another setting', { settings: { ...settings, pitch: 1 } }],
    ['another tenant', { caller: { tenantId: 'other', requestId: null } }],
    ['the wish for a fresh one', { fresh: true }],
  ])('is another one with %s', async (_what, changes) => {
    const heart = await make()
    await heart.request()
    await heart.runAll()
    const { generation } = await heart.request(changes)
    expect(generation).toMatchObject({ origin: 'made', status: 'queued' })
  })

  it.each<[string, Partial<GenerationRequest>]>([
    ['place in the queue', { settings: { ...settings, priority: 'high' } }],
    ['patience', { settings: { ...settings, timeoutSeconds: 20 } }],
    ['metadata', { metadata: { a: 1 } }],
  ])('is the same one with another %s', async (_what, changes) => {
    const heart = await make()
    await heart.request()
    await heart.runAll()
    expect((await heart.request(changes)).generation.origin).toBe('cached')
  })

  it('is looked up once, and again when what was remembered is gone', async () => {
    const heart = await make()
    let looks = 0
    const store = {
      ...heart.store,
      findJoinable: (tenantId: string, key: string) => {
        looks += 1
        return heart.store.findJoinable(tenantId, key)
      },
    }
    const { generation: first } = await heart.request({}, { store })
    await heart.runAll()
    const { generation: second } = await heart.request({}, { store })
    const { generation: third } = await heart.request({}, { store })
    expect([second, third].map(({ origin }) => origin)).toEqual(['cached', 'cached'])
    expect(looks).toBe(2)
    for (const { id } of [first, second, third]) await heart.discard('local', id)
    expect((await heart.request({}, { store })).generation.origin).toBe('made')
    expect(looks).toBe(3)
  })

  it('is made again when the video is older than the cache keeps it, and the new one is found from then on', async () => {
    const heart = await make()
    const { generation: old } = await heart.request()
    await heart.runAll()
    heart.tick(3_600_001)
    const { generation } = await heart.request()
    expect(generation).toMatchObject({ origin: 'made', status: 'queued' })
    await heart.runAll()
    expect((await heart.request()).generation).toMatchObject({ origin: 'cached', workId: generation.workId })
    expect(await heart.reload(old.id)).toMatchObject({ status: 'completed' })
  })

  it('is made again where nothing is cached, and still waits for one under way', async () => {
    const heart = await make()
    await heart.request({}, { cacheTtlMs: 0 })
    expect((await heart.request({}, { cacheTtlMs: 0 })).generation.origin).toBe('shared')
    await heart.runAll()
    expect((await heart.request({}, { cacheTtlMs: 0 })).generation.origin).toBe('made')
  })

  it('still wants consent', async () => {
    const heart = await make()
    await heart.request()
    await heart.runAll()
    await expect(heart.request({ consent: false })).rejects.toMatchObject({ reason: 'consent-missing' })
  })

  it('is found by a kept photo with the same bytes, and keeps to that photo', async () => {
    const heart = await make()
    const { generation: first } = await heart.request()
    await heart.runAll()
    const kept = { ...(await heart.store.findPhoto('local', first.photoId))!, id: 'pho_kept', kept: true }
    await heart.store.transaction((tx) => tx.insertPhoto(kept))
    const { generation } = await heart.request({ photo: { id: kept.id } })
    expect(generation).toMatchObject({ origin: 'cached', photoId: kept.id })
  })

  it('is made again when the first attempt came to nothing', async () => {
    let broken = true
    const provider = createScriptedProvider('a', {
      start: async () => (broken ? Promise.reject(new Error('no')) : 'finish'),
    })
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    await heart.runAll()
    expect((await heart.reload(first.id)).status).toBe('failed')
    broken = false
    const { generation } = await heart.request()
    expect(generation.origin).toBe('made')
    await heart.runAll()
    expect((await heart.reload(generation.id)).status).toBe('completed')
  })
})

describe('equal requests under way', () => {
  it('share one work, each with a log of its own', async () => {
    const { provider, started, finish } = held()
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    const { generation: early } = await heart.request()
    expect(early).toMatchObject({ origin: 'shared', status: 'queued', workId: first.workId })
    const running = heart.runAll()
    await started
    const { generation: late } = await heart.request()
    expect(late).toMatchObject({ origin: 'shared', status: 'processing', progress: 1 })
    finish()
    await running
    const all = await Promise.all([first, early, late].map(({ id }) => heart.reload(id)))
    expect(all.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
    expect(new Set(all.map(({ output }) => output?.sha256)).size).toBe(1)
    expect(provider.started).toHaveLength(1)
    expect(await heart.eventTypes(early.id)).toEqual(await heart.eventTypes(first.id))
    expect(await heart.eventTypes(late.id)).toEqual(['queued', 'step:store', 'step:finish', 'completed'])
    expect(await fileNames(heart)).toHaveLength(4)
  })

  it('have the photo looked at once however many come at once, and the next looks where the first went away', async () => {
    const heart = await make()
    let looks = 0
    const gone = new AbortController()
    const faceCheck = {
      async checkPhoto(_path: string, { signal }: { readonly signal?: AbortSignal }) {
        looks += 1
        if (looks > 1) return goodVerdict
        gone.abort(new Error('the first went away'))
        signal?.throwIfAborted()
        throw new Error('it was not told')
      },
    }
    const ask = heart.together({ faceCheck })
    const first = ask({ signal: gone.signal })
    const others = Array.from({ length: 20 }, () => ask())
    await expect(first).rejects.toThrow('went away')
    const origins = (await Promise.all(others)).map(({ generation }) => generation.origin)
    expect(looks).toBe(2)
    expect(origins.filter((origin) => origin === 'made')).toHaveLength(1)
  })

  it('make one work however many come at once', async () => {
    const heart = await make()
    const accepted = await Promise.all(Array.from({ length: 20 }, () => heart.request()))
    expect(new Set(accepted.map(({ generation }) => generation.workId)).size).toBe(1)
    expect(accepted.filter(({ generation }) => generation.origin === 'made')).toHaveLength(1)
    expect(heart.takeJobs()).toHaveLength(1)
    // The photos of those who came second were not kept.
    expect(await fileNames(heart)).toEqual(['photo.jpg'])
  })

  it('goes on for the others when the first one cancels and deletes its own', async () => {
    const { provider, started, finish } = held()
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    const { generation: second } = await heart.request()
    const running = heart.runAll()
    await started
    expect(await heart.discard('local', first.id)).toMatchObject({ status: 'cancelled' })
    expect(await heart.discard('local', first.id)).toBeNull()
    finish()
    await running
    expect(await heart.store.findGeneration('local', first.id)).toBeNull()
    expect(await heart.reload(second.id)).toMatchObject({ status: 'completed' })
    expect(await heart.eventTypes(first.id)).toEqual(['queued', 'step:choose', 'step:start', 'cancelled', 'deleted'])
    expect(await heart.mediaKeys()).toHaveLength(4)
  })

  it('is stopped when the last one has left, and leaves nothing', async () => {
    const { provider, started } = held()
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    const { generation: second } = await heart.request()
    await heart.runJob(heart.takeJobs()[0]!)
    const leaving = new AbortController()
    const running = heart.runJob(heart.takeJobs()[0]!, { signal: leaving.signal })
    await started
    await heart.discard('local', first.id)
    expect((await heart.store.loadWork(first.workId))?.state).toBe('open')
    await heart.discard('local', second.id)
    expect((await heart.store.loadWork(first.workId))?.state).toBe('cancelled')
    // The feed would tell its worker.
    leaving.abort(new Error('cancelled'))
    await expect(running).rejects.toThrow('cancelled')
    await heart.discard('local', first.id)
    await heart.discard('local', second.id)
    expect(await heart.mediaKeys()).toEqual([])
  })

  it('fails for all who wait', async () => {
    const provider = createScriptedProvider('a', { start: async () => Promise.reject(new Error('no')) })
    const heart = await make(provider)
    const { generation: first } = await heart.request()
    const { generation: second } = await heart.request()
    await heart.runAll()
    for (const { id } of [first, second]) expect((await heart.reload(id)).status).toBe('failed')
  })

  it('is given up only when the last of them would have given it up', async () => {
    const heart = await make()
    const { generation: first } = await heart.request({ settings: { ...settings, timeoutSeconds: 10 } })
    heart.tick(9_000)
    await heart.request({ settings: { ...settings, timeoutSeconds: 10 } })
    heart.tick(5_000)
    await heart.runAll()
    expect((await heart.reload(first.id)).status).toBe('completed')
  })

  it('moves a deadline that was already being watched', async () => {
    const { provider, started, finish } = held()
    const heart = await make(provider)
    const { generation: first } = await heart.request({ settings: { ...settings, timeoutSeconds: 10 } })
    heart.tick(9_999)
    // Read at the start of each of the two jobs, and a third time when the first deadline passes.
    let looks = 0
    let passed = () => {}
    const deadlinePassed = new Promise<void>((resolve) => {
      passed = resolve
    })
    const store = {
      ...heart.store,
      loadWork: (id: string) => {
        looks += 1
        if (looks === 3) passed()
        return heart.store.loadWork(id)
      },
    }
    const running = heart.runAll({ store })
    await started
    await heart.request({ settings: { ...settings, timeoutSeconds: 10 } })
    heart.tick(10)
    await deadlinePassed
    finish()
    await running
    expect((await heart.reload(first.id)).status).toBe('completed')
  })
})

describe('the bytes that several generations have', () => {
  it('go with the last of them', async () => {
    const heart = await make()
    const { generation: first } = await heart.request()
    await heart.runAll()
    const { generation: second } = await heart.request()
    await heart.discard('local', first.id)
    expect(await heart.mediaKeys()).toHaveLength(4)
    expect((await heart.reload(second.id)).output).not.toBeNull()
    heart.tick(1000)
    expect(await sweepMedia(heart.parts, 0)).toBe(0)
    await heart.discard('local', second.id)
    expect(await heart.mediaKeys()).toEqual([])
    expect(await heart.store.loadWork(first.workId)).toMatchObject({ key: null, script: '' })
    expect((await heart.request()).generation.origin).toBe('made')
  })
})
