/** Slots as generations live through them: at most so many calls at once, fair, visible, and never lost. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { createSlots } from '../../../src/generations/slots.ts'
import { createHeart, type Heart, settings } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

let heart: Heart | undefined
afterEach(async () => {
  await heart?.dispose()
  heart = undefined
})

async function live(maxConcurrent: number) {
  const looks = Array.from({ length: 100 }, () => 'completed' as const)
  let count = 0
  const provider = createScriptedProvider('a', {
    start: async () => {
      count += 1
      return { operation: { job: `j-${count}` } }
    },
    status: looks,
    limits: { maxConcurrent },
  })
  const made = await createHeart([provider])
  heart = made
  const slots = createSlots({ store: made.store, clock: made.parts.clock, limitsOf: () => provider.limits })
  const freed: Promise<void>[] = []
  const overrides = { slotFreed: (name: string) => void freed.push(slots.grant(name)) }
  return {
    heart: made,
    provider,
    slots,
    ask: async (tenantId: string, script: string) =>
      (await made.request({ caller: { tenantId, requestId: null }, script })).generation,
    /** Runs every job that may run now; answers those that wait for their time. */
    async runReady() {
      const waiting = []
      for (let ready = made.takeJobs(); ready.length > 0; ready = made.takeJobs()) {
        for (const job of ready) {
          if (job.delaySeconds) waiting.push(job)
          else await made.runJob(job, overrides)
        }
        await Promise.all(freed)
      }
      return waiting
    },
    run: (job: Parameters<Heart['runJob']>[0]) => made.runJob(job, overrides).then(() => Promise.all(freed)),
    held: async () => (await made.store.slotsOf('a')).filter(({ slot }) => slot === 'held').length,
  }
}

describe('a provider that allows two calls at once', () => {
  it('gets two, and the third is told that it waits', async () => {
    const { heart, provider, ask, runReady, held } = await live(2)
    for (const script of ['One.', 'Two.', 'Three.']) await ask('t', script)
    const third = await ask('t', 'Four.')
    await runReady()
    expect(provider.started).toHaveLength(2)
    expect(await held()).toBe(2)
    expect(await heart.store.findGeneration('t', third.id)).toMatchObject({
      status: 'queued',
      queue: { ahead: 1, waitsFor: 'provider' },
    })
    expect(await heart.eventTypes(third.id)).toEqual(['queued', 'step:choose', 'waiting'])
  })

  it('hands a slot on as soon as a call is over, and ends with none taken', async () => {
    const { heart, provider, ask, runReady, run, held } = await live(2)
    const all = []
    for (let n = 0; n < 5; n += 1) all.push(await ask('t', `Number ${n}.`))
    let waiting = await runReady()
    let most = await held()
    while (waiting.length > 0) {
      const [next, ...rest] = [...waiting].sort((a, b) => a.delaySeconds! - b.delaySeconds!)
      heart.tick(next!.delaySeconds! * 1000)
      await run(next!)
      waiting = [...rest, ...(await runReady())]
      most = Math.max(most, await held())
    }
    expect(most).toBe(2)
    expect(provider.started).toHaveLength(5)
    expect(await held()).toBe(0)
    for (const { id } of all) expect(await heart.store.findGeneration('t', id)).toMatchObject({ status: 'completed' })
  })

  it('is shared fairly by those who ask', async () => {
    const { provider, ask, runReady, run, heart } = await live(1)
    for (let n = 0; n < 3; n += 1) await ask('many', `Number ${n}.`)
    const one = await ask('one', 'Me too.')
    const [first] = (await runReady()).sort((a, b) => a.delaySeconds! - b.delaySeconds!)
    await run(first!)
    await runReady()
    expect(provider.started).toHaveLength(2)
    expect(await heart.store.findGeneration('one', one.id)).toMatchObject({ status: 'processing' })
  })

  it('keeps no slot for one that was cancelled while it waited, or while it had one', async () => {
    const { heart, ask, runReady, slots, held } = await live(1)
    const first = await ask('t', 'One.')
    const second = await ask('t', 'Two.')
    const third = await ask('t', 'Three.')
    await runReady()
    await heart.discard('t', second.id)
    await heart.discard('t', first.id)
    await slots.grantAll()
    await runReady()
    expect(await held()).toBe(1)
    expect(await heart.store.findGeneration('t', third.id)).toMatchObject({ status: 'processing' })
  })

  it('gives out what a process that died had freed and told nobody of', async () => {
    const { heart, provider, ask, slots, runReady } = await live(1)
    await ask('t', 'One.')
    await ask('t', 'Two.')
    const [look] = (await runReady()).sort((a, b) => a.delaySeconds! - b.delaySeconds!)
    // This worker frees the slot and ends before it can hand it on.
    await heart.runJob(look!, { slotFreed: () => {} })
    await runReady()
    expect(provider.started).toHaveLength(1)
    await slots.grantAll()
    await runReady()
    expect(provider.started).toHaveLength(2)
  })

  it('lets one that waits go when its time is over', async () => {
    const { heart, ask, runReady, run } = await live(1)
    await ask('t', 'One.')
    const late = await heart.request({
      caller: { tenantId: 't', requestId: null },
      script: 'Two.',
      settings: { ...settings, timeoutSeconds: 30 },
    })
    const waiting = await runReady()
    const wake = waiting.find(({ workId }) => workId === late.generation.workId)
    expect(wake?.delaySeconds).toBe(30)
    heart.tick(30_000)
    await run(wake!)
    expect(await heart.store.findGeneration('t', late.generation.id)).toMatchObject({
      status: 'failed',
      failure: { reason: 'deadline-passed' },
    })
  })

  it('tells those who wait when they have moved up', async () => {
    const { heart, ask, runReady, run, slots } = await live(1)
    for (const script of ['One.', 'Two.']) await ask('t', script)
    const third = await ask('t', 'Three.')
    const [look] = (await runReady()).sort((a, b) => a.delaySeconds! - b.delaySeconds!)
    await run(look!)
    await runReady()
    await slots.tellAll()
    const told = (await heart.store.eventsAfter(third.id, 0, 100)).flatMap(({ body }) =>
      body.type === 'waiting' ? [body.queue.ahead] : [],
    )
    expect(told).toEqual([1, 0])
  })
})

describe('a rate that is used up', () => {
  it('delays the submission, and the look, without an attempt being spent', async () => {
    const { heart, provider, ask } = await live(2)
    const generation = await ask('t', 'One.')
    const limited = { ...provider, limits: { ...provider.limits, requestsPerMinute: 60 } }
    const providers = new Map([['a', limited]])
    const takeRate = async () => 7
    const [choose] = heart.takeJobs()
    await heart.runJob(choose!)
    const [start] = heart.takeJobs()
    await heart.runJob(start!, { providers, takeRate })
    expect(provider.started).toEqual([])
    const [again] = heart.takeJobs()
    expect(again).toMatchObject({ delaySeconds: 7 })
    await heart.runJob(again!, { providers, takeRate: async () => 0 })
    const [look] = heart.takeJobs()
    await heart.runJob(look!, { providers, takeRate })
    expect(provider.polled).toEqual([])
    expect(heart.takeJobs()).toMatchObject([{ delaySeconds: 7 }])
    expect(await heart.store.listAttempts(generation.workId)).toHaveLength(1)
  })
})
