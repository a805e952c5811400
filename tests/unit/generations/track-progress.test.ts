import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { followed } from '../../../src/generations/commit-step.ts'
import { trackProgress } from '../../../src/generations/track-progress.ts'
import { createHeart, type Heart } from '../../doubles/heart.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

let heart: Heart
beforeEach(async () => {
  heart = await createHeart([createScriptedProvider('a')])
})
afterEach(() => heart.dispose())

/** A generation that is being made, and its work. */
async function underWay() {
  const { generation } = await heart.request()
  await heart.runJob(heart.takeJobs()[0]!)
  const chosen = (await heart.store.loadWork(generation.workId))!
  const work = await heart.store.transaction(async (tx) => {
    const begun = (await tx.beginWork(chosen.id, chosen.version, heart.parts.clock.now()))!
    await tx.updateGenerations([generation.id], followed(begun))
    return begun
  })
  return { id: generation.id, work }
}

const frames = (done: number, total = 100) => ({ stage: 'frames', done, total, fraction: done / total })

const bodies = async (id: string) =>
  (await heart.store.eventsAfter(id, 0, 1000)).flatMap(({ body }) => (body.type === 'progress' ? [body] : []))

describe('progress', () => {
  it('is written at most four times a second, its first and last sign always', async () => {
    const { id, work } = await underWay()
    const progress = trackProgress(heart.parts, work, new AbortController().signal)
    for (let done = 0; done <= 100; done++) {
      progress.report(frames(done))
      await progress.settle()
      heart.tick(10)
    }
    const seen = (await bodies(id)).map(({ done }) => done)
    expect(seen[0]).toBe(0)
    expect(seen.at(-1)).toBe(100)
    expect(seen.length).toBeLessThanOrEqual(6)
  })

  it("does not lose a stage's last sign to the next stage's first", async () => {
    const { id, work } = await underWay()
    const progress = trackProgress(heart.parts, work, new AbortController().signal)
    for (const done of [0, 40, 99, 100]) progress.report(frames(done))
    progress.report({ stage: 'encode', done: 0, total: 1, fraction: 0.98 })
    progress.report({ stage: 'encode', done: 1, total: 1, fraction: 1 })
    await progress.settle()
    const seen = (await bodies(id)).map(({ stage, done }) => `${stage} ${done}`)
    expect(seen).toEqual(['frames 0', 'frames 100', 'encode 1'])
  })

  it('tells the time left only when frames have been timed, and truly at a steady pace', async () => {
    const { id, work } = await underWay()
    const progress = trackProgress(heart.parts, work, new AbortController().signal)
    /** Checking ten seconds' worth of frames. */
    const afterwards = 1.6
    for (let done = 0; done <= 100; done += 1) {
      progress.report(frames(done))
      await progress.settle()
      heart.tick(100)
    }
    for (const { done, etaSeconds } of await bodies(id)) {
      if (done < 4) expect(etaSeconds).toBeNull()
      else expect(Math.abs(etaSeconds! - (100 - done) * 0.1 - afterwards)).toBeLessThan(0.3)
    }
  })

  it('stops the work of a generation that has moved on', async () => {
    const { id, work } = await underWay()
    const progress = trackProgress(heart.parts, work, new AbortController().signal)
    await heart.discard('local', id)
    progress.report(frames(1))
    await expect(progress.settle()).rejects.toThrow('has moved on')
    expect(progress.signal.aborted).toBe(true)
    expect(await bodies(id)).toEqual([])
  })

  it('stops the work when the log cannot be written', async () => {
    const { work } = await underWay()
    const store = { ...heart.store, appendProgress: async () => Promise.reject(new Error('disk full')) }
    const progress = trackProgress({ ...heart.parts, store }, work, new AbortController().signal)
    progress.report(frames(1))
    await expect(progress.settle()).rejects.toThrow('disk full')
    expect(progress.signal.aborted).toBe(true)
  })
})
