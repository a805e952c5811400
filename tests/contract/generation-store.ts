/** What every GenerationStore must hold; run on the double, the embedded database and PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GenerationEvent } from '../../src/generations/event.ts'
import type { Generation } from '../../src/generations/generation.ts'
import type { AdvanceJob, GenerationStore } from '../../src/generations/ports.ts'
import {
  sampleAttempt,
  sampleCall,
  sampleConsent,
  sampleGeneration,
  sampleId,
  sampleNow,
  sampleOutput,
  samplePhoto,
} from '../support/sample-rows.ts'

export interface StoreHarness {
  readonly store: GenerationStore
  subscribe(
    listener: (notice: { readonly generationId: string; readonly seq: number; readonly status: string }) => void,
  ): () => void
  /** The jobs committed for a generation. */
  jobsOf(generationId: string): Promise<readonly AdvanceJob[]>
  close(): Promise<void>
}

const progressBody = {
  type: 'progress',
  step: 'poll',
  stage: 'frames',
  done: 1,
  total: 4,
  etaSeconds: null,
} as const satisfies GenerationEvent['body']

const queuedBody = { type: 'queued', adjusted: [] } as const satisfies GenerationEvent['body']

export function describeGenerationStore(name: string, open: () => Promise<StoreHarness>): void {
  describe(`the generation store (${name})`, () => {
    let harness: StoreHarness
    let store: GenerationStore

    beforeAll(async () => {
      harness = await open()
      store = harness.store
    })
    afterAll(() => harness?.close())

    const add = async (given: Partial<Generation> = {}): Promise<Generation> => {
      const photo = samplePhoto({ tenantId: given.tenantId ?? 'tenant-a' })
      const generation = sampleGeneration({ photoId: photo.id, ...given })
      await store.transaction(async (tx) => {
        await tx.insertPhoto(photo)
        await tx.insertGeneration(generation)
      })
      return generation
    }
    const processing = () => add({ status: 'processing', step: 'poll', startedAt: sampleNow })
    const load = async (id: string) => {
      const found = await store.loadGeneration(id)
      if (found === null) throw new Error(`no generation ${id}`)
      return found
    }
    /** Resolves with the notices of a generation once it has the one for `seq`. */
    const noticesUntil = (id: string, seq: number) => {
      const seen: number[] = []
      const done = new Promise<readonly number[]>((resolve) => {
        const leave = harness.subscribe((notice) => {
          if (notice.generationId !== id) return
          seen.push(notice.seq)
          if (notice.seq !== seq) return
          leave()
          resolve(seen)
        })
      })
      return { seen, done }
    }

    it('gives back a generation as it was written', async () => {
      const generation = await add({ failure: null })
      expect(await store.findGeneration('tenant-a', generation.id)).toEqual(generation)
      expect(await store.loadGeneration(generation.id)).toEqual(generation)
    })

    it('gives back a finished generation with all it came to', async () => {
      const { id } = await processing()
      const changes = {
        status: 'completed',
        step: null,
        progress: 100,
        finishedAt: new Date(sampleNow.getTime() + 1),
        output: sampleOutput(id),
        cost: { micros: 9_007_199_254_740, currency: 'USD' },
        estimate: { videoSeconds: 1.5, processingSeconds: 2.5, cost: { micros: 1, currency: 'USD' } },
        routeTrace: [{ provider: 'local', model: 'portrait', verdict: 'chosen', why: 'it is free' }],
        adjusted: [],
      } as const
      const updated = await store.transaction((tx) => tx.updateGeneration(id, 1, changes))
      expect(updated).toMatchObject({ ...changes, version: 2 })
      expect(await store.loadGeneration(id)).toEqual(updated)
    })

    it('gives back a photo as it was written, to its tenant only', async () => {
      const photo = samplePhoto({ kept: true })
      await store.transaction((tx) => tx.insertPhoto(photo))
      expect(await store.findPhoto('tenant-a', photo.id)).toEqual(photo)
      expect(await store.findPhoto('tenant-b', photo.id)).toBeNull()
    })

    it('gives back attempts with their calls in order', async () => {
      const { id } = await processing()
      const failure = { code: 'TIMEOUT', reason: 'slow', message: 'Too slow.', hint: null, retryable: true } as const
      const second = sampleAttempt({ generationId: id, ordinal: 2 })
      const first = sampleAttempt({ generationId: id, ordinal: 1 })
      const later = sampleCall({ attemptId: first.id, ordinal: 2, operation: { handle: ['x'] }, state: 'pending' })
      const early = sampleCall({ attemptId: first.id, ordinal: 1 })
      await store.transaction(async (tx) => {
        for (const attempt of [second, first]) await tx.insertAttempt(attempt)
        for (const call of [later, early]) await tx.insertCall(call)
        await tx.updateAttempt(first.id, { state: 'failed', failure, finishedAt: sampleNow })
        await tx.updateCall(early.id, { state: 'completed', operation: 'op-1', outputs: [1], finishedAt: sampleNow })
        await tx.updateCall(later.id, {})
      })
      expect(await store.listAttempts(id)).toEqual([
        {
          ...first,
          state: 'failed',
          failure,
          finishedAt: sampleNow,
          calls: [{ ...early, state: 'completed', operation: 'op-1', outputs: [1], finishedAt: sampleNow }, later],
        },
        { ...second, calls: [] },
      ])
    })

    it('refuses to write to attempts and calls that are not there', async () => {
      await expect(store.transaction((tx) => tx.updateAttempt('nope', { state: 'failed' }))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.updateCall('nope', { state: 'failed' }))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.insertCall(sampleCall({ attemptId: 'nope' })))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.appendEvent('nope', queuedBody, sampleNow))).rejects.toThrow('nope')
    })

    it('moves a generation only from the version the caller saw', async () => {
      const { id } = await add()
      const moved = await store.transaction((tx) =>
        tx.updateGeneration(id, 1, { status: 'processing', step: 'choose', startedAt: sampleNow }),
      )
      expect(moved).toMatchObject({ version: 2, status: 'processing', step: 'choose', startedAt: sampleNow })
      expect(await store.transaction((tx) => tx.updateGeneration(id, 1, { step: 'poll' }))).toBeNull()
      expect(await load(id)).toEqual(moved)
    })

    it('lets exactly one of two updates from the same version win', async () => {
      const { id } = await processing()
      const outcomes = await Promise.all(
        [1, 2, 3, 4].map((n) => store.transaction((tx) => tx.updateGeneration(id, 1, { progress: n }))),
      )
      expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1)
      expect((await load(id)).version).toBe(2)
    })

    it('never lowers progress', async () => {
      const { id } = await processing()
      await store.transaction((tx) => tx.updateGeneration(id, 1, { progress: 40 }))
      const after = await store.transaction((tx) => tx.updateGeneration(id, 2, { progress: 10 }))
      expect(after?.progress).toBe(40)
      expect((await store.appendProgress(id, 3, 20, progressBody, sampleNow))?.progress).toBe(40)
      expect((await store.appendProgress(id, 3, 55.5, progressBody, sampleNow))?.progress).toBe(55.5)
      expect((await load(id)).progress).toBe(55.5)
    })

    it('refuses to call anything but a completed generation done', async () => {
      const { id } = await processing()
      await expect(store.transaction((tx) => tx.updateGeneration(id, 1, { progress: 100 }))).rejects.toThrow()
      await expect(store.transaction((tx) => tx.updateGeneration(id, 1, { status: 'failed' }))).rejects.toThrow()
      expect(await load(id)).toMatchObject({ version: 1, progress: 0, status: 'processing' })
    })

    it('stamps events with the state they were written in and numbers them from 1', async () => {
      const { id } = await add()
      const first = await store.transaction((tx) => tx.appendEvent(id, queuedBody, sampleNow))
      const second = await store.transaction(async (tx) => {
        await tx.updateGeneration(id, 1, { status: 'processing', step: 'choose', progress: 3, startedAt: sampleNow })
        return tx.appendEvent(id, { type: 'step', step: 'choose', attempt: 1, provider: 'local' }, sampleNow)
      })
      expect(first).toMatchObject({ generationId: id, tenantId: 'tenant-a', seq: 1, status: 'queued', progress: 0 })
      expect(second).toMatchObject({ seq: 2, status: 'processing', progress: 3, at: sampleNow })
      expect(await store.eventsAfter(id, 0, 10)).toEqual([first, second])
      expect(await store.eventsAfter(id, 1, 10)).toEqual([second])
      expect(await store.eventsAfter(id, 0, 1)).toEqual([first])
      expect((await load(id)).lastSeq).toBe(2)
    })

    it('numbers 50 parallel appends without a gap or a repeat', async () => {
      const { id } = await processing()
      const appended = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          n % 2 === 0
            ? store.appendProgress(id, 1, n, progressBody, sampleNow)
            : store.transaction((tx) => tx.appendEvent(id, progressBody, sampleNow)),
        ),
      )
      const wanted = Array.from({ length: 50 }, (_, n) => n + 1)
      expect(appended.map((event) => event?.seq).sort((a, b) => Number(a) - Number(b))).toEqual(wanted)
      const log = await store.eventsAfter(id, 0, 100)
      expect(log.map((event) => event.seq)).toEqual(wanted)
      expect(log.every((event, n) => n === 0 || event.progress >= log[n - 1]!.progress)).toBe(true)
    })

    it('leaves nothing of a transaction that failed: no row, no event, no job', async () => {
      const { id } = await processing()
      const photo = samplePhoto()
      const failing = store.transaction(async (tx) => {
        await tx.updateGeneration(id, 1, { progress: 50 })
        await tx.appendEvent(id, progressBody, sampleNow)
        await tx.enqueue({ generationId: id, version: 2, lane: 'quick', priority: 'normal' })
        await tx.insertPhoto(photo)
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      expect(await load(id)).toMatchObject({ version: 1, progress: 0, lastSeq: 0 })
      expect(await store.eventsAfter(id, 0, 10)).toEqual([])
      expect(await harness.jobsOf(id)).toEqual([])
      expect(await store.findPhoto('tenant-a', photo.id)).toBeNull()
    })

    it('writes the job with the row', async () => {
      const { id } = await processing()
      const job: AdvanceJob = { generationId: id, version: 2, lane: 'render', priority: 'high', delaySeconds: 3 }
      await store.transaction(async (tx) => {
        await tx.updateGeneration(id, 1, { step: 'poll' })
        await tx.enqueue(job)
      })
      expect(await harness.jobsOf(id)).toEqual([job])
    })

    it('refuses progress from a worker that was overtaken', async () => {
      const { id } = await processing()
      await store.transaction((tx) => tx.updateGeneration(id, 1, { step: 'store' }))
      expect(await store.appendProgress(id, 1, 50, progressBody, sampleNow)).toBeNull()
      expect(await load(id)).toMatchObject({ progress: 0, lastSeq: 0 })
      expect(await store.appendProgress(id, 2, 50, progressBody, sampleNow)).toMatchObject({ seq: 1, progress: 50 })
      expect((await load(id)).version).toBe(2)
    })

    it('refuses progress of a generation that is not processing', async () => {
      const { id } = await add()
      expect(await store.appendProgress(id, 1, 50, progressBody, sampleNow)).toBeNull()
      expect(await store.appendProgress('nope', 1, 50, progressBody, sampleNow)).toBeNull()
    })

    it('tells of an event after its commit and never of a rollback', async () => {
      const { id } = await processing()
      const { seen, done } = noticesUntil(id, 2)
      const during = await store.transaction(async (tx) => {
        await tx.appendEvent(id, progressBody, sampleNow)
        await tx.updateGeneration(id, 1, { progress: 1 })
        return [...seen]
      })
      expect(during).toEqual([])
      const failing = store.transaction(async (tx) => {
        await tx.appendEvent(id, progressBody, sampleNow)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await store.appendProgress(id, 2, 5, progressBody, sampleNow)
      expect(await done).toEqual([1, 2])
    })

    it('tells the status that an event came with, so that a worker hears of a cancel', async () => {
      const { id } = await processing()
      const told = new Promise<string>((resolve) => {
        const leave = harness.subscribe((notice) => {
          if (notice.generationId !== id) return
          leave()
          resolve(notice.status)
        })
      })
      await store.transaction(async (tx) => {
        await tx.updateGeneration(id, 1, { status: 'cancelled', finishedAt: sampleNow })
        await tx.appendEvent(id, { type: 'cancelled' }, sampleNow)
      })
      expect(await told).toBe('cancelled')
    })

    it('shows a tenant only what is theirs', async () => {
      const [mine, theirs] = [sampleId('tenant'), sampleId('tenant')]
      const generation = await add({ tenantId: mine })
      await add({ tenantId: theirs })
      expect(await store.findGeneration(theirs, generation.id)).toBeNull()
      const page = await store.listGenerations(mine, { limit: 10 })
      expect(page.items.map((item) => item.id)).toEqual([generation.id])
      expect(await store.transaction((tx) => tx.deletePhoto(theirs, generation.photoId))).toBe(false)
    })

    it('pages newest first, without a repeat or a gap while others are added', async () => {
      const tenantId = sampleId('tenant')
      // Pairs share a time, so the id has to decide.
      const at = (n: number) => new Date(sampleNow.getTime() + Math.floor(n / 2))
      const made: Generation[] = []
      for (let n = 0; n < 9; n += 1) made.push(await add({ tenantId, createdAt: at(n) }))
      const wanted = [...made]
        .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
        .map((generation) => generation.id)
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<GenerationStore['listGenerations']>> = await store.listGenerations(tenantId, {
          limit: 2,
          ...(cursor === null ? {} : { cursor }),
        })
        seen.push(...page.items.map((item) => item.id))
        cursor = page.nextCursor
        await add({ tenantId, createdAt: at(100) })
      } while (cursor !== null)
      expect(seen).toEqual(wanted)
    })

    it('says when a page is the last', async () => {
      const tenantId = sampleId('tenant')
      for (let n = 0; n < 2; n += 1) await add({ tenantId })
      expect((await store.listGenerations(tenantId, { limit: 2 })).nextCursor).toBeNull()
      expect(await store.listGenerations(sampleId('tenant'), { limit: 2 })).toEqual({ items: [], nextCursor: null })
    })

    it('lists one status only', async () => {
      const tenantId = sampleId('tenant')
      await add({ tenantId })
      const wanted = await add({ tenantId, status: 'processing', step: 'choose', startedAt: sampleNow })
      const page = await store.listGenerations(tenantId, { limit: 5, status: 'processing' })
      expect(page.items).toEqual([wanted])
    })

    it.each([
      ['words', 'nonsense'],
      ['nothing', ''],
      ['zeros', 'AAAA'],
      ['a picture', '🙂'],
      ['a flood', 'x'.repeat(3000)],
    ])('refuses %s for a cursor', async (_, cursor) => {
      const refused = store.listGenerations('tenant-a', { limit: 2, cursor })
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_REQUEST', reason: 'cursor-invalid', status: 400 })
    })

    it('hides a deleted generation and blanks its words, but keeps its log', async () => {
      const tenantId = sampleId('tenant')
      const { id, photoId } = await add({ tenantId })
      const deleted = await store.transaction(async (tx) => {
        const done = await tx.markDeleted(id, 1, sampleNow)
        await tx.appendEvent(id, { type: 'deleted' }, sampleNow)
        return done
      })
      expect(deleted).toBe(true)
      expect(await store.findGeneration(tenantId, id)).toBeNull()
      expect(await store.loadGeneration(id)).toBeNull()
      expect((await store.listGenerations(tenantId, { limit: 5 })).items).toEqual([])
      expect((await store.eventsAfter(id, 0, 10)).map((event) => event.body.type)).toEqual(['deleted'])
      expect(await store.transaction((tx) => tx.markDeleted(id, 2, sampleNow))).toBe(false)
      expect(await store.transaction((tx) => tx.updateGeneration(id, 2, { progress: 1 }))).toBeNull()
      expect(await store.appendProgress(id, 2, 1, progressBody, sampleNow)).toBeNull()
      expect(await store.transaction((tx) => tx.deletePhoto(tenantId, photoId))).toBe(true)
    })

    it('refuses to delete from a version that is not current', async () => {
      const { id } = await add()
      expect(await store.transaction((tx) => tx.markDeleted(id, 7, sampleNow))).toBe(false)
      expect(await store.loadGeneration(id)).not.toBeNull()
    })

    it('keeps a photo that a generation uses', async () => {
      const { id, photoId } = await add()
      expect(await store.transaction((tx) => tx.deletePhoto('tenant-a', photoId))).toBe(false)
      expect(await store.findPhoto('tenant-a', photoId)).not.toBeNull()
      const both = await store.transaction(async (tx) => {
        await tx.markDeleted(id, 1, sampleNow)
        return tx.deletePhoto('tenant-a', photoId)
      })
      expect(both).toBe(true)
      expect(await store.findPhoto('tenant-a', photoId)).toBeNull()
      expect(await store.transaction((tx) => tx.deletePhoto('tenant-a', photoId))).toBe(false)
    })

    it('gives a photo to either of a deletion and a request that race for it', async () => {
      for (let round = 0; round < 10; round += 1) {
        const photo = samplePhoto({ kept: true })
        await store.transaction((tx) => tx.insertPhoto(photo))
        const generation = sampleGeneration({ photoId: photo.id })
        const [deleted, requested] = await Promise.all([
          store.transaction((tx) => tx.deletePhoto('tenant-a', photo.id)),
          store
            .transaction((tx) => tx.insertGeneration(generation))
            .then(
              () => 'inserted',
              (error: { reason?: string }) => error.reason,
            ),
        ])
        expect(requested).toBe(deleted ? 'photo-not-found' : 'inserted')
      }
    })

    it('knows the recent pace of a provider at a quality', async () => {
      const provider = sampleId('provider')
      expect(await store.recentPace(provider, 'standard')).toBeNull()
      const finish = async (takenSeconds: number, day: number, state: 'succeeded' | 'failed') => {
        const startedAt = new Date(sampleNow.getTime() + day * 86_400_000)
        const { id } = await add({ status: 'processing', startedAt })
        const attempt = sampleAttempt({ generationId: id, provider, state })
        await store.transaction(async (tx) => {
          await tx.insertAttempt(attempt)
          await tx.updateGeneration(id, 1, {
            status: 'completed',
            finishedAt: new Date(startedAt.getTime() + takenSeconds * 1000),
            output: sampleOutput(id, 10),
          })
        })
      }
      // Older than the newest 20: must not count.
      await finish(1000, 0, 'succeeded')
      await finish(5000, 50, 'failed')
      for (let n = 0; n < 20; n += 1) await finish(n < 10 ? 20 : 30, n + 1, 'succeeded')
      expect(await store.recentPace(provider, 'standard')).toBeCloseTo(2.5, 6)
      expect(await store.recentPace(provider, 'premium')).toBeNull()
    })

    it('keeps consents', async () => {
      const { id } = await add()
      const consent = sampleConsent({ generationId: id })
      await store.transaction((tx) => tx.insertConsent(consent))
      await expect(store.transaction((tx) => tx.insertConsent(consent))).rejects.toThrow()
    })

    it('refuses a generation whose photo is not there', async () => {
      const generation = sampleGeneration({ photoId: 'nope' })
      await expect(store.transaction((tx) => tx.insertGeneration(generation))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        reason: 'photo-not-found',
        status: 404,
      })
    })
  })
}
