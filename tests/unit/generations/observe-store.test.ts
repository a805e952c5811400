import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventBody } from '../../../src/generations/event.ts'
import { observeStore } from '../../../src/generations/observe-store.ts'
import type { GenerationStore, GenerationTransaction } from '../../../src/generations/ports.ts'
import type { Work } from '../../../src/generations/work.ts'

const at = (seconds: number) => new Date(1_000_000 + seconds * 1000)
const work = {
  id: 'wrk_1',
  settings: { quality: 'economy' },
  routeTrace: [{ provider: 'a', model: 'a/one', verdict: 'chosen', why: '' }],
} as unknown as Work
const progress = (stage: string): EventBody => ({
  type: 'progress',
  step: 'start',
  stage,
  done: 0,
  total: 1,
  etaSeconds: null,
})
const completed = { type: 'completed', seconds: 7 } as unknown as EventBody

let told: string[]
/** How often the store runs a transaction before it commits. */
let tries: number
let isCurrent: boolean
let openAttempts: number
let store: GenerationStore
beforeEach(() => {
  told = []
  tries = 1
  isCurrent = true
  openAttempts = 1
  const tx = {
    updateWork: async () => work,
    appendEvents: async () => {},
    async endAttempt() {
      openAttempts -= 1
      return openAttempts < 0 ? null : { provider: 'a', model: 'a/one' }
    },
  } as unknown as GenerationTransaction
  const inner = {
    async transaction<T>(run: (tx: GenerationTransaction) => Promise<T>) {
      let result = await run(tx)
      for (let i = 1; i < tries; i += 1) result = await run(tx)
      return result
    },
    appendProgress: async () => isCurrent,
  } as unknown as GenerationStore
  store = observeStore(inner, {
    generation: (what) => told.push(what),
    failed: (code) => told.push(code),
    attempt: ({ provider, outcome }) => told.push(`${provider} ${outcome}`),
    work: ({ model, quality, seconds }) => told.push(`${model} ${quality} ${seconds}`),
    stage: ({ stage, seconds }) => told.push(`${stage} ${seconds}`),
  })
})
afterEach(() => expect(told.length).toBeLessThan(10))

const commit = (body: EventBody, ids: readonly string[], seconds = 0) =>
  store.transaction(async (tx) => {
    await tx.updateWork('wrk_1', 1, {})
    await tx.appendEvents(ids, body, at(seconds))
  })
const report = (stage: string, seconds: number) => store.appendProgress('wrk_1', 1, 5, progress(stage), at(seconds))

describe('a store that is observed', () => {
  it('tells of each generation by its origin and its end, and of the work once', async () => {
    await commit({ type: 'queued', adjusted: [], origin: 'shared', queue: null }, ['gen_1'])
    await commit(completed, ['gen_1', 'gen_2'])
    expect(told).toEqual(['shared', 'completed', 'completed', 'a/one economy 7'])
  })

  it('tells how long each stage took', async () => {
    await report('speech', 0)
    await report('frames', 2)
    await report('frames', 3)
    await commit(completed, ['gen_1'], 9)
    expect(told).toEqual(['speech 2', 'completed', 'frames 7', 'a/one economy 7'])
  })

  it('tells nothing of what was rolled back, and once of what was tried again', async () => {
    const broken = store.transaction(async (tx) => {
      await tx.appendEvents(['gen_1'], { type: 'cancelled' }, at(0))
      throw new Error('conflict')
    })
    await expect(broken).rejects.toThrow('conflict')
    expect(told).toEqual([])
    tries = 3
    await commit({ type: 'cancelled' }, ['gen_1'])
    expect(told).toEqual(['cancelled'])
  })

  it('tells the class of an error for each who is told of it', async () => {
    await commit({ type: 'failed', failure: { code: 'TIMEOUT' } } as unknown as EventBody, ['gen_1', 'gen_2'])
    expect(told).toEqual(['failed', 'TIMEOUT', 'failed', 'TIMEOUT'])
  })

  it('tells of each attempt that ends, and by what fault, but of none that was cancelled', async () => {
    const end = (state: 'succeeded' | 'failed' | 'cancelled', failure: object | null) =>
      store.transaction(async (tx) => {
        await tx.endAttempt('wrk_1', { state, failure: failure as never, finishedAt: at(1) })
      })
    openAttempts = 4
    await end('failed', { code: 'TIMEOUT', fault: 'deadline' })
    await end('failed', { code: 'TIMEOUT' })
    await end('cancelled', null)
    await end('succeeded', null)
    await end('failed', { code: 'INVALID_MODEL' })
    expect(told).toEqual(['a deadline', 'a TIMEOUT', 'a ok'])
  })

  it('forgets the stage of a work that went on elsewhere', async () => {
    await report('speech', 0)
    isCurrent = false
    await report('speech', 1)
    isCurrent = true
    await report('frames', 5)
    expect(told).toEqual([])
  })
})
