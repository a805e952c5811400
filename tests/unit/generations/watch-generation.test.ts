import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EventFeed } from '../../../src/generations/ports.ts'
import { watchGeneration } from '../../../src/generations/watch-generation.ts'
import { createHeart, type Heart } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

let heart: Heart
beforeEach(async () => {
  heart = await createHeart([createScriptedProvider('a')])
})
afterEach(() => heart.dispose())

const deaf: EventFeed = { subscribe: () => () => {} }

async function collect(
  id: string,
  { after = 0, feed = heart.feed, signal = new AbortController().signal, lookAgainMs = 5000 } = {},
) {
  const seqs: number[] = []
  for await (const { seq } of watchGeneration({ store: heart.store, feed, lookAgainMs })('local', id, after, signal))
    seqs.push(seq)
  return seqs
}

describe('watching a generation', () => {
  it('replays a finished one from any point and ends', async () => {
    const { generation } = await heart.request()
    await heart.runAll()
    expect(await collect(generation.id)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await collect(generation.id, { after: 4 })).toEqual([5, 6])
    expect(await collect(generation.id, { after: 6 })).toEqual([])
    expect(await collect(generation.id, { after: 99 })).toEqual([])
  })

  it('follows one under way, each event once and in order, to its end', async () => {
    const { generation } = await heart.request()
    const watchers = [collect(generation.id), collect(generation.id, { after: 1 }), collect(generation.id)]
    await heart.runAll()
    expect(await Promise.all(watchers)).toEqual([
      [1, 2, 3, 4, 5, 6],
      [2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ])
  })

  it('misses nothing that is committed between joining and replaying', async () => {
    const { generation } = await heart.request()
    const [job] = heart.takeJobs()
    const feed: EventFeed = {
      subscribe(listener) {
        const leave = heart.feed.subscribe(listener)
        void heart.runJob(job!).then(() => heart.runAll())
        return leave
      },
    }
    expect(await collect(generation.id, { feed })).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('looks at everything again after a gap in the feed', async () => {
    const { generation } = await heart.request()
    const listeners: Parameters<EventFeed['subscribe']>[0][] = []
    const feed: EventFeed = {
      subscribe(listener) {
        listeners.push(listener)
        return () => {}
      },
    }
    const watching = collect(generation.id, { feed })
    await heart.runAll()
    for (const listener of listeners) listener({ generationId: null })
    expect(await watching).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('finds out by itself when no notice comes at all', async () => {
    const { generation } = await heart.request()
    const watching = collect(generation.id, { feed: deaf, lookAgainMs: 20 })
    await heart.runAll()
    expect(await watching).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('ends at once when it is told to', async () => {
    const { generation } = await heart.request()
    const stop = new AbortController()
    const watching = collect(generation.id, { signal: stop.signal })
    stop.abort()
    expect((await watching).length).toBeLessThanOrEqual(1)
  })

  it("knows nothing of another tenant's", async () => {
    const { generation } = await heart.request()
    const watch = watchGeneration({ store: heart.store, feed: heart.feed })
    const events = watch('other', generation.id, 0, new AbortController().signal)
    await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      status: 404,
      reason: 'generation-not-found',
    })
  })
})
