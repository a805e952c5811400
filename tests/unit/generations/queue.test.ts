import { describe, expect, it } from '@jest/globals'
import type { QueuedWork, SlotClaim } from '../../../src/generations/ports.ts'
import { admit, admitToProvider, placeInQueue, tellPlaces } from '../../../src/generations/queue.ts'
import { createMemoryGenerationStore } from '../../doubles/memory-generation-store.ts'
import { sampleGeneration, sampleNow, samplePhoto, sampleWork } from '../../support/sample-rows.ts'

const work = (id: string, changes: Partial<QueuedWork> = {}): QueuedWork => ({
  id,
  priority: 'normal',
  createdAt: sampleNow,
  isRunning: false,
  secondsLeft: 10,
  ...changes,
})
const running = (id: string, secondsLeft: number) => work(id, { isRunning: true, secondsLeft })
const newcomer = (places: number) => ({ places, priority: 'normal' as const })

describe('a place in the queue', () => {
  it('is at once where a machine is free', () => {
    expect(placeInQueue([], newcomer(1))).toEqual({ ahead: 0, waitSeconds: 0 })
    expect(placeInQueue([running('a', 5)], newcomer(2))).toEqual({ ahead: 0, waitSeconds: 0 })
  })

  it('is after those that run, when nothing is free', () => {
    expect(placeInQueue([running('a', 5)], newcomer(1))).toEqual({ ahead: 1, waitSeconds: 5 })
    expect(placeInQueue([running('a', 5), running('b', 3)], newcomer(2))).toEqual({ ahead: 2, waitSeconds: 3 })
  })

  it('is after those that came first, spread over the places', () => {
    const works = [running('a', 4), running('b', 6), work('c'), work('d'), work('e')]
    // c follows a at 4, d follows b at 6, e follows c at 14: a place is free at 16.
    expect(placeInQueue(works, newcomer(2))).toEqual({ ahead: 5, waitSeconds: 16 })
  })

  it('is before those of lower priority', () => {
    const works = [running('a', 4), work('b'), work('c', { priority: 'low' })]
    expect(placeInQueue(works, newcomer(1))).toEqual({ ahead: 2, waitSeconds: 14 })
    expect(placeInQueue(works, { places: 1, priority: 'high' })).toEqual({ ahead: 1, waitSeconds: 4 })
    expect(placeInQueue(works, { places: 1, priority: 'low' })).toEqual({ ahead: 3, waitSeconds: 24 })
  })

  it('counts more running works than there are places here as the places of others', () => {
    expect(placeInQueue([running('a', 9), running('b', 2)], newcomer(1))).toEqual({ ahead: 2, waitSeconds: 2 })
  })

  it('is known of one that waits already', () => {
    const works = [running('a', 4), work('b'), work('c')]
    expect(placeInQueue(works, { ...newcomer(1), of: 'b' })).toEqual({ ahead: 1, waitSeconds: 4 })
    expect(placeInQueue(works, { ...newcomer(1), of: 'c' })).toEqual({ ahead: 2, waitSeconds: 14 })
  })
})

describe('admission', () => {
  const storeWith = (works: readonly QueuedWork[]) => ({
    ...createMemoryGenerationStore(),
    queuedWorks: async () => works,
  })
  const ask = { priority: 'normal', timeoutSeconds: 60, processingSeconds: 10 } as const

  it('lets in who is likely to be done in time', async () => {
    const store = storeWith([running('a', 10), work('b')])
    expect(await admit({ store, queue: { places: 1, maxWaiting: 9 } }, ask)).toEqual({ ahead: 2, waitSeconds: 20 })
  })

  it('sends away who would wait longer than they have, and says when to come back', async () => {
    const store = storeWith([running('a', 10), ...['b', 'c', 'd', 'e'].map((id) => work(id))])
    const refused = admit({ store, queue: { places: 1, maxWaiting: 9 } }, ask)
    await expect(refused).rejects.toMatchObject({
      status: 503,
      reason: 'queue-full',
      retryable: true,
      retryAfterSeconds: 20,
      extra: { waiting: 4, expected_wait_seconds: 50 },
    })
  })

  it('sends everybody away when the queue is as long as it may be', async () => {
    const store = storeWith([running('a', 1), work('b', { secondsLeft: 1 })])
    const refused = admit({ store, queue: { places: 1, maxWaiting: 1 } }, ask)
    await expect(refused).rejects.toMatchObject({ reason: 'queue-full', retryAfterSeconds: 1 })
  })

  it('never sends away who would be late on a free machine too', async () => {
    const impatient = { ...ask, timeoutSeconds: 10, processingSeconds: 30 }
    const busy = storeWith([running('a', 10)])
    expect(await admit({ store: busy, queue: { places: 1, maxWaiting: 9 } }, impatient)).toMatchObject({ ahead: 1 })
    expect(await admit({ store: storeWith([]), queue: { places: 1, maxWaiting: 9 } }, impatient)).toMatchObject({
      ahead: 0,
    })
  })
})

describe('those who wait', () => {
  it('hear when they move up, and only then', async () => {
    const store = createMemoryGenerationStore()
    const photo = samplePhoto()
    const works = [0, 1, 2].map((n) =>
      sampleWork({
        photoId: photo.id,
        createdAt: new Date(sampleNow.getTime() + n),
        startedAt: n === 0 ? sampleNow : null,
      }),
    )
    const generations = works.map((each) => sampleGeneration({ photoId: photo.id, workId: each.id, queue: null }))
    await store.transaction(async (tx) => {
      await tx.insertPhoto(photo)
      for (const each of works) await tx.insertWork(each)
      for (const each of generations) await tx.insertGeneration(each, [])
    })
    const tell = tellPlaces({ store, clock: { now: () => sampleNow }, queue: { places: 1, maxWaiting: 9 } })
    await tell()
    await tell()
    const first = works[0]!
    await store.transaction((tx) => tx.updateWork(first.id, 1, { state: 'cancelled', finishedAt: sampleNow }))
    await tell()
    const told = await Promise.all(
      generations.map(async ({ id }) => (await store.eventsAfter(id, 0, 9)).map(({ body }) => body)),
    )
    const { processingSeconds } = first.estimate
    expect(told[1]).toEqual([
      { type: 'waiting', queue: { ahead: 1, waitSeconds: processingSeconds } },
      { type: 'waiting', queue: { ahead: 0, waitSeconds: 0 } },
    ])
    expect(told[2]).toMatchObject([{ queue: { ahead: 2 } }, { queue: { ahead: 1 } }])
  })
})

describe('admission before a provider', () => {
  const claims = (waiting: number) =>
    Array.from({ length: waiting }, () => ({ slot: 'waiting' }) as const) as unknown as readonly SlotClaim[]
  const ask = (waiting: number, maxWaiting = 1000, timeoutSeconds = 300) =>
    admitToProvider({ store: { slotsOf: async () => claims(waiting) }, queue: { places: 1, maxWaiting } }, 'a', 10, {
      timeoutSeconds,
      processingSeconds: 20,
    })

  it('lets in who is likely to be done in time', async () => {
    await expect(ask(0)).resolves.toBeUndefined()
    await expect(ask(80)).resolves.toBeUndefined()
  })

  it('sends away whom the wait makes late, and says when to come back', async () => {
    await expect(ask(100)).rejects.toMatchObject({ reason: 'queue-full', status: 503, retryAfterSeconds: 22 })
  })

  it('lets no more wait than may', async () => {
    await expect(ask(5, 5)).rejects.toMatchObject({ reason: 'queue-full', hint: 'Come back later.' })
  })
})
