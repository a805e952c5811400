/** What every GenerationStore must hold; run on the double, the embedded database and PostgreSQL. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GenerationEvent } from '../../src/generations/event.ts'
import type { Generation } from '../../src/generations/generation.ts'
import { answerName } from '../../src/generations/known-works.ts'
import type { AdvanceJob, GenerationStore } from '../../src/generations/ports.ts'
import type { Call, Work } from '../../src/generations/work.ts'
import {
  sampleAttempt,
  sampleCall,
  sampleConsent,
  sampleGeneration,
  sampleId,
  sampleNow,
  sampleOutput,
  samplePhoto,
  sampleWork,
} from '../support/sample-rows.ts'

export interface StoreHarness {
  readonly store: GenerationStore
  subscribe(
    listener: (notice: {
      readonly generationId: string
      readonly workId: string
      readonly seq: number
      readonly status: string
    }) => void,
  ): () => void
  /** The jobs committed for a work. */
  jobsOf(workId: string): Promise<readonly AdvanceJob[]>
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

const queuedBody = {
  type: 'queued',
  adjusted: [],
  origin: 'made',
  queue: null,
} as const satisfies GenerationEvent['body']

export function describeGenerationStore(name: string, open: () => Promise<StoreHarness>): void {
  describe(`the generation store (${name})`, () => {
    let harness: StoreHarness
    let store: GenerationStore

    beforeAll(async () => {
      harness = await open()
      store = harness.store
    })
    afterAll(() => harness?.close())

    /** A work with one generation. */
    const add = async (
      given: Partial<Generation> = {},
      work: Partial<Work> = {},
    ): Promise<{
      readonly generation: Generation
      readonly work: Work
      readonly id: string
      readonly workId: string
    }> => {
      const photo = samplePhoto({ tenantId: given.tenantId ?? 'tenant-a' })
      const made = sampleWork({ photoId: photo.id, tenantId: photo.tenantId, ...work })
      const generation = sampleGeneration({ photoId: photo.id, workId: made.id, ...given })
      await store.transaction(async (tx) => {
        await tx.insertPhoto(photo)
        await tx.insertWork(made)
        await tx.insertGeneration(generation, [])
      })
      return { generation, work: made, id: generation.id, workId: made.id }
    }
    const begun = { step: 'start', startedAt: sampleNow } as const
    const processing = () => add({ status: 'processing', queue: null, ...begun }, begun)
    /** Another generation that waits for the work. */
    const join = async ({ generation }: { readonly generation: Generation }, given: Partial<Generation> = {}) => {
      const { photoId, workId, tenantId, status, startedAt } = generation
      const createdAt = new Date(sampleNow.getTime() + 1)
      const other = sampleGeneration({
        photoId,
        workId,
        tenantId,
        status,
        startedAt,
        createdAt,
        origin: 'shared',
        ...given,
      })
      await store.transaction((tx) => tx.insertGeneration(other, []))
      return other
    }
    const load = async (id: string) => {
      const found = await store.findGeneration('tenant-a', id)
      if (found === null) throw new Error(`no generation ${id}`)
      return found
    }
    const later = (ms: number) => new Date(sampleNow.getTime() + ms)
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

    it('gives back a generation and its work as they were written', async () => {
      const { generation, work } = await add()
      expect(await store.findGeneration('tenant-a', generation.id)).toEqual(generation)
      expect(await store.loadWork(work.id)).toEqual(work)
      expect(await store.loadWork('nope')).toBeNull()
    })

    it('gives back a finished work and generation with all they came to', async () => {
      const { id, workId } = await processing()
      const common = {
        step: null,
        progress: 100,
        finishedAt: later(1),
        output: sampleOutput(id),
        estimate: { videoSeconds: 1.5, processingSeconds: 2.5, cost: { micros: 1, currency: 'USD' } },
        routeTrace: [{ attempt: 1, provider: 'local', model: 'portrait', verdict: 'chosen', why: 'it is free' }],
      } as const
      const cost = { micros: 9_007_199_254_740, currency: 'USD' }
      const updated = await store.transaction(async (tx) => {
        await tx.updateGenerations([id], { ...common, status: 'completed', queue: null, cost })
        return tx.updateWork(workId, 1, { ...common, state: 'done', runsHere: false })
      })
      expect(updated).toMatchObject({ ...common, state: 'done', runsHere: false, version: 2 })
      expect(await store.loadWork(workId)).toEqual(updated)
      expect(await load(id)).toMatchObject({ ...common, status: 'completed', cost, queue: null })
    })

    it('gives back a photo as it was written, to its tenant only', async () => {
      const photo = samplePhoto({ kept: true })
      await store.transaction((tx) => tx.insertPhoto(photo))
      expect(await store.findPhoto('tenant-a', photo.id)).toEqual(photo)
      expect(await store.findPhoto('tenant-b', photo.id)).toBeNull()
    })

    it('keeps what a call of many is, and what becomes of it', async () => {
      const { workId } = await processing()
      const attempt = sampleAttempt({ workId })
      const voice = sampleCall({
        attemptId: attempt.id,
        maker: 'voice',
        provider: 'voices',
        model: 'voices/one',
        reuseKey: 'these words',
        estimate: { micros: 5_000, currency: 'INR' },
      })
      const failure = { code: 'TIMEOUT', reason: 'slow', message: 'Too slow.', hint: null, retryable: true } as const
      const told = {
        keeps: { uri: ['vendor://photo'] },
        failure,
        estimate: { micros: 0, currency: 'INR' },
        finishedAt: sampleNow,
      }
      await store.transaction(async (tx) => {
        await tx.insertAttempt(attempt)
        await tx.insertCall(voice)
      })
      expect((await store.listAttempts(workId))[0]?.calls).toEqual([voice])
      await store.transaction((tx) => tx.updateCall(voice.id, told))
      expect((await store.listAttempts(workId))[0]?.calls).toEqual([{ ...voice, ...told }])
    })

    it('finds the newest completed call of a tenant under a key, while somebody has its work', async () => {
      const calls: Call[] = []
      const generations: string[] = []
      for (const minutes of [1, 3, 2]) {
        const { workId, id } = await processing()
        const attempt = sampleAttempt({ workId })
        const finishedAt = later(minutes * 60)
        const call = sampleCall({ attemptId: attempt.id, state: 'completed', reuseKey: 'a mouth', finishedAt })
        await store.transaction(async (tx) => {
          await tx.insertAttempt(attempt)
          await tx.insertCall(call)
        })
        calls.push(call)
        generations.push(id)
      }
      const [oldest, newest, middle] = calls
      expect(await store.findReusable('tenant-a', 'a mouth')).toEqual(newest)
      expect(await store.findReusable('tenant-b', 'a mouth')).toBeNull()
      expect(await store.findReusable('tenant-a', 'another mouth')).toBeNull()
      await store.transaction(async (tx) => {
        await tx.updateGenerations([generations[1]!], { status: 'cancelled', step: null, finishedAt: sampleNow })
        await tx.markDeleted(generations[1]!, sampleNow)
        await tx.updateCall(middle!.id, { state: 'failed' })
      })
      expect(await store.findReusable('tenant-a', 'a mouth')).toEqual(oldest)
    })

    it('gives back attempts with their calls in order', async () => {
      const { workId } = await processing()
      const failure = { code: 'TIMEOUT', reason: 'slow', message: 'Too slow.', hint: null, retryable: true } as const
      const first = sampleAttempt({ workId, ordinal: 1 })
      const second = sampleAttempt({ workId, ordinal: 2 })
      const last = sampleCall({ attemptId: first.id, ordinal: 2, operation: { handle: ['x'] }, state: 'pending' })
      const early = sampleCall({ attemptId: first.id, ordinal: 1 })
      await store.transaction(async (tx) => {
        await tx.insertAttempt(first)
        for (const call of [last, early]) await tx.insertCall(call)
        const ended = await tx.endAttempt(workId, { state: 'failed', failure, finishedAt: sampleNow })
        expect(ended).toEqual({ provider: 'local', model: 'portrait' })
        expect(await tx.endAttempt(workId, { state: 'cancelled', failure: null, finishedAt: sampleNow })).toBeNull()
        await tx.insertAttempt(second)
        await tx.updateCall(early.id, { state: 'completed', operation: 'op-1', outputs: [1], finishedAt: sampleNow })
        await tx.updateCall(last.id, {})
      })
      expect(await store.listAttempts(workId)).toEqual([
        {
          ...first,
          state: 'failed',
          failure,
          finishedAt: sampleNow,
          calls: [{ ...early, state: 'completed', operation: 'op-1', outputs: [1], finishedAt: sampleNow }, last],
        },
        { ...second, calls: [] },
      ])
    })

    it('keeps what a vendor names, tells and costs, and who pays', async () => {
      const { workId } = await processing()
      const provider = sampleId('vendor')
      const attempt = sampleAttempt({ workId, provider, estimate: null, sentSeconds: 15.5 })
      const call = sampleCall({ attemptId: attempt.id, sends: 2, deadlineAt: later(60) })
      const told = {
        state: 'pending',
        providerRequestId: 'req-7',
        providerJobId: sampleId('job'),
        sends: 3,
        fetches: 1,
        deadlineAt: later(90),
        metrics: { overallScore: 8.6 },
        reportedCost: { micros: 9_007_199_254_740, currency: 'USD' },
      } as const
      await store.transaction(async (tx) => {
        await tx.insertAttempt(attempt)
        await tx.insertCall(call)
        await tx.updateCall(call.id, told)
      })
      expect(await store.listAttempts(workId)).toEqual([{ ...attempt, calls: [{ ...call, ...told }] }])
      expect(await store.findCall(provider, told.providerJobId)).toMatchObject({
        call: { ...call, ...told },
        attempt: { id: attempt.id },
        work: { id: workId },
      })
      expect(await store.findCall('another', told.providerJobId)).toBeNull()
      await store.transaction(async (tx) => {
        await tx.updateCall(call.id, { reportedCost: null })
        await tx.endAttempt(workId, { state: 'expired', failure: null, finishedAt: later(1) })
        await tx.settleAttempt(attempt.id, { micros: 7, currency: 'INR' }, 'house')
      })
      expect(await store.listAttempts(workId)).toMatchObject([
        {
          state: 'expired',
          cost: { micros: 7, currency: 'INR' },
          costBearer: 'house',
          calls: [{ reportedCost: null }],
        },
      ])
      await store.transaction((tx) => tx.reopenAttempt(attempt.id))
      expect(await store.listAttempts(workId)).toMatchObject([{ state: 'open', failure: null, finishedAt: null }])
      await expect(store.transaction((tx) => tx.reopenAttempt(attempt.id))).rejects.toThrow(attempt.id)
    })

    it('knows a delivery again, for each provider', async () => {
      const id = sampleId('evt')
      const deliver = (provider: string) => store.transaction((tx) => tx.insertWebhookDelivery(provider, id, sampleNow))
      expect([await deliver('a'), await deliver('a'), await deliver('b')]).toEqual([true, false, true])
    })

    it('finds a work by its key no more once that is free', async () => {
      const key = sampleId('key')
      const { workId } = await add({}, { key })
      expect((await store.findJoinable('tenant-a', key))?.work.id).toBe(workId)
      await store.transaction((tx) => tx.freeKey(workId))
      expect(await store.findJoinable('tenant-a', key)).toBeNull()
    })

    describe('slots', () => {
      const claim = async (provider: string, tenantId = 'tenant-a') => {
        const { workId } = await processing()
        const attempt = sampleAttempt({ workId, provider })
        await store.transaction((tx) => tx.insertAttempt(attempt))
        return { workId, attemptId: attempt.id, tenantId }
      }

      it('are marks on open attempts, gone when the attempt ends', async () => {
        const provider = sampleId('vendor')
        const [held, waiting, neither] = [await claim(provider), await claim(provider), await claim(provider)]
        await store.transaction(async (tx) => {
          await tx.markSlot(held.attemptId, 'held', later(5))
          await tx.markSlot(waiting.attemptId, 'waiting', later(6))
        })
        const claims = await store.slotsOf(provider)
        expect(new Map(claims.map(({ attemptId, slot }) => [attemptId, slot]))).toEqual(
          new Map([
            [held.attemptId, 'held'],
            [waiting.attemptId, 'waiting'],
          ]),
        )
        expect(claims.find(({ slot }) => slot === 'waiting')).toMatchObject({
          workId: waiting.workId,
          tenantId: 'tenant-a',
          since: later(6),
          servedAt: later(5),
          priority: 'normal',
        })
        expect(await store.providersWaitedFor()).toContain(provider)
        await store.transaction(async (tx) => {
          const end = { state: 'failed', failure: null, finishedAt: later(9) } as const
          await tx.endAttempt(held.workId, end)
          await tx.endAttempt(waiting.workId, end)
        })
        expect(await store.slotsOf(provider)).toEqual([])
        expect(await store.providersWaitedFor()).not.toContain(provider)
        await store.transaction((tx) => tx.markSlot(neither.attemptId, 'waiting', later(10)))
        expect(await store.slotsOf(provider)).toMatchObject([{ servedAt: later(5) }])
        await expect(store.transaction((tx) => tx.markSlot(held.attemptId, 'held', later(11)))).rejects.toThrow(
          held.attemptId,
        )
      })

      it('are never given out beyond the limit, however many ask at once', async () => {
        const provider = sampleId('vendor')
        const claims = []
        for (let n = 0; n < 12; n += 1) claims.push(await claim(provider))
        await Promise.all(
          claims.map(({ attemptId }) =>
            store.transaction(async (tx) => {
              const taken = (await tx.slotsOf(provider)).filter(({ slot }) => slot === 'held').length
              await tx.markSlot(attemptId, taken < 3 ? 'held' : 'waiting', sampleNow)
            }),
          ),
        )
        const held = (await store.slotsOf(provider)).filter(({ slot }) => slot === 'held')
        expect(held).toHaveLength(3)
      })
    })

    it('refuses to write to what is not there', async () => {
      await expect(store.transaction((tx) => tx.updateCall('nope', { state: 'failed' }))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.insertCall(sampleCall({ attemptId: 'nope' })))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.insertAttempt(sampleAttempt({ workId: 'nope' })))).rejects.toThrow(
        'nope',
      )
      await expect(store.transaction((tx) => tx.appendEvents(['nope'], queuedBody, sampleNow))).rejects.toThrow('nope')
      await expect(store.transaction((tx) => tx.lockWork('nope'))).rejects.toThrow()
    })

    it('moves a work only from the version the caller saw, and only while it is open', async () => {
      const { workId } = await add()
      const moved = await store.transaction((tx) => tx.updateWork(workId, 1, { step: 'choose' }))
      expect(moved).toMatchObject({ version: 2, step: 'choose' })
      expect(await store.transaction((tx) => tx.updateWork(workId, 1, { step: 'poll' }))).toBeNull()
      expect(await store.loadWork(workId)).toEqual(moved)
      await store.transaction((tx) => tx.updateWork(workId, 2, { state: 'cancelled', finishedAt: sampleNow }))
      expect(await store.transaction((tx) => tx.updateWork(workId, 3, { step: 'poll' }))).toBeNull()
    })

    it('lets exactly one of two updates from the same version win', async () => {
      const { workId } = await processing()
      const outcomes = await Promise.all(
        [1, 2, 3, 4].map((n) => store.transaction((tx) => tx.updateWork(workId, 1, { progress: n }))),
      )
      expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1)
      expect((await store.loadWork(workId))?.version).toBe(2)
    })

    it('stamps the start of a work once, and leaves its version', async () => {
      const { workId } = await add()
      const first = await store.transaction((tx) => tx.beginWork(workId, 1, later(5)))
      expect(first).toMatchObject({ startedAt: later(5), version: 1, progress: 1 })
      expect(await store.transaction((tx) => tx.beginWork(workId, 1, later(9)))).toEqual(first)
      expect(await store.transaction((tx) => tx.beginWork(workId, 2, later(9)))).toBeNull()
    })

    it('only ever moves a deadline away, and leaves the version', async () => {
      const { work, workId } = await add()
      await store.transaction((tx) => tx.extendWork(workId, later(1)))
      expect(await store.loadWork(workId)).toEqual(work)
      await store.transaction((tx) => tx.extendWork(workId, later(9_000_000)))
      expect(await store.loadWork(workId)).toEqual({ ...work, deadlineAt: later(9_000_000) })
    })

    it('has one joinable work for a key of a tenant', async () => {
      const key = sampleId('key')
      const { work, generation } = await add({}, { key })
      const second = sampleWork({ photoId: generation.photoId, key })
      expect(await store.transaction((tx) => tx.insertWork(second))).toBe(false)
      expect(await store.loadWork(second.id)).toBeNull()
      const { photoId, adjusted, queue } = generation
      const joinable = { work, sibling: { photoId, adjusted, queue } }
      expect(await store.findJoinable('tenant-a', key)).toEqual(joinable)
      expect(await store.transaction((tx) => tx.joinableWork('tenant-a', key))).toEqual(joinable)
      expect(await store.findJoinable('tenant-b', key)).toBeNull()
      expect(await store.transaction((tx) => tx.joinableWork('tenant-b', key))).toBeNull()
      // Another tenant's, and those that nobody may join, stand beside it.
      await add({ tenantId: 'tenant-b' }, { key })
      for (const _ of [1, 2]) {
        const alone = sampleWork({ photoId: generation.photoId, key: null })
        expect(await store.transaction((tx) => tx.insertWork(alone))).toBe(true)
      }
    })

    it('tells how far logs have grown, without those that are deleted or unknown', async () => {
      const running = await add({})
      const over = await add({ status: 'completed', finishedAt: sampleNow })
      const gone = await add({ status: 'completed', finishedAt: sampleNow })
      await store.transaction((tx) => tx.appendEvents([running.id], queuedBody, sampleNow))
      await store.transaction((tx) => tx.markDeleted(gone.id, sampleNow))
      const [now, ended] = [await load(running.id), await load(over.id)]
      expect(await store.headsOf([running.id, over.id, gone.id, 'gen_unknown'])).toEqual(
        new Map([
          [running.id, { lastSeq: now!.lastSeq, status: now!.status }],
          [over.id, { lastSeq: ended!.lastSeq, status: 'completed' }],
        ]),
      )
      expect(await store.headsOf([])).toEqual(new Map())
    })

    it('frees the answers that a selector names, and no other', async () => {
      const making = (provider: string, model: string) => ({
        provider,
        model,
        providerRequestId: null,
        providerJobId: null,
        fallbackUsed: false,
        originalError: null,
        qualityMetrics: null,
      })
      const done = async (tenantId: string, provider: string, model: string) => {
        const key = sampleId('key')
        const { workId, id } = await add({ tenantId }, { key })
        const output = sampleOutput(id)
        const over = {
          state: 'done',
          progress: 100,
          finishedAt: sampleNow,
          output,
          making: making(provider, model),
        } as const
        await store.transaction((tx) => tx.updateWork(workId, 1, over))
        return { tenantId, key, name: answerName(provider, key) }
      }
      const one = await done('tenant-a', 'one', 'one/fast')
      const two = await done('tenant-b', 'one', 'one/fine')
      const other = await done('tenant-a', 'one-b', 'one-b/fast')
      const odd = await done('tenant-a', 'o%e', 'o%e/fast')
      const openKey = sampleId('key')
      await add({}, { key: openKey })
      const left = async () => {
        const kept = []
        for (const each of [one, two, other, odd])
          if (await store.findJoinable(each.tenantId, each.key)) kept.push(each)
        return kept
      }
      expect(await store.forgetAnswers({ pattern: 'on*', user: 'tenant-c' })).toBe(0)
      expect(await store.forgetAnswers({ pattern: 'one_', user: 'tenant-a' })).toBe(0)
      expect(await store.forgetAnswers({ pattern: 'o%e_*' })).toBe(1)
      expect(await left()).toEqual([one, two, other])
      expect(await store.forgetAnswers({ pattern: 'one_*', model: 'one/fine' })).toBe(1)
      expect(await left()).toEqual([one, other])
      expect(await store.forgetAnswers({ name: one.name, provider: 'one-b' })).toBe(0)
      expect(await store.forgetAnswers({ name: one.name })).toBe(1)
      expect(await left()).toEqual([other])
      expect(await store.forgetAnswers({ provider: 'one-b' })).toBe(1)
      expect(await store.forgetAnswers({ provider: 'one-b' })).toBe(0)
      expect(await left()).toEqual([])
      // What is under way is no answer yet.
      expect(await store.findJoinable('tenant-a', openKey)).not.toBeNull()
    })

    it('lets one of many equal requests make the work and the others find it', async () => {
      const key = sampleId('key')
      const photo = samplePhoto()
      await store.transaction((tx) => tx.insertPhoto(photo))
      const inserted = await Promise.all(
        Array.from({ length: 8 }, () =>
          store.transaction((tx) => tx.insertWork(sampleWork({ photoId: photo.id, key }))),
        ),
      )
      expect(inserted.filter(Boolean)).toHaveLength(1)
    })

    it('gives a done work to one who asks again, with log and consent, as long as its bytes are there', async () => {
      const key = sampleId('key')
      const { work, workId, id, generation } = await add({ status: 'completed', finishedAt: sampleNow }, { key })
      const again = () => ({ ...generation, id: sampleId('gen'), origin: 'cached' as const, lastSeq: 2 })
      const log = [queuedBody, { type: 'cancelled' }] as const
      const open = again()
      expect(await store.joinDone(open, log, null)).toBe(false)
      const done = { state: 'done', progress: 100, finishedAt: sampleNow, output: sampleOutput(id) } as const
      await store.transaction((tx) => tx.updateWork(workId, 1, done))

      const joined = again()
      const consent = sampleConsent({ generationId: joined.id })
      const { done: told } = noticesUntil(joined.id, 2)
      expect(await store.joinDone(joined, log, consent)).toBe(true)
      expect(await load(joined.id)).toEqual(joined)
      expect((await store.eventsAfter(joined.id, 0, 9)).map(({ seq, body }) => [seq, body])).toEqual([
        [1, log[0]],
        [2, log[1]],
      ])
      expect(await told).toEqual([1, 2])
      await expect(store.transaction((tx) => tx.insertConsent(consent))).rejects.toThrow()

      const lost = { ...again(), photoId: 'pho_gone' }
      expect(await store.joinDone(lost, log, null)).toBe(false)
      await store.transaction((tx) => tx.retireWork(work.id))
      const late = again()
      expect(await store.joinDone(late, log, sampleConsent({ generationId: late.id }))).toBe(false)
      for (const { id: refused } of [open, lost, late]) {
        expect(await store.findGeneration('tenant-a', refused)).toBeNull()
        expect(await store.eventsAfter(refused, 0, 9)).toEqual([])
      }
    })

    it('refuses a key on a work that came to nothing', async () => {
      const { workId } = await add({}, { key: sampleId('key') })
      const failed = { state: 'failed', finishedAt: sampleNow } as const
      await expect(store.transaction((tx) => tx.updateWork(workId, 1, failed))).rejects.toThrow()
      expect(await store.transaction((tx) => tx.updateWork(workId, 1, { ...failed, key: null }))).not.toBeNull()
    })

    it('forgets the bytes and words of a retired work, never of an open one', async () => {
      const key = sampleId('key')
      const { work, workId, id } = await add({}, { key })
      await store.transaction((tx) => tx.retireWork(workId))
      expect(await store.loadWork(workId)).toEqual(work)
      await store.transaction(async (tx) => {
        await tx.updateWork(workId, 1, {
          state: 'done',
          progress: 100,
          finishedAt: sampleNow,
          output: sampleOutput(id),
        })
        await tx.retireWork(workId)
      })
      expect(await store.loadWork(workId)).toMatchObject({ key: null, output: null, script: '', state: 'done' })
    })

    it('never lowers progress', async () => {
      const { id, workId } = await processing()
      await store.transaction(async (tx) => {
        await tx.updateWork(workId, 1, { progress: 40 })
        await tx.updateGenerations([id], { progress: 40 })
      })
      await store.transaction(async (tx) => {
        expect((await tx.updateWork(workId, 2, { progress: 10 }))?.progress).toBe(40)
        await tx.updateGenerations([id], { progress: 10 })
      })
      expect((await load(id)).progress).toBe(40)
      expect(await store.appendProgress(workId, 3, 20, progressBody, sampleNow)).toBe(true)
      expect((await load(id)).progress).toBe(40)
      expect(await store.appendProgress(workId, 3, 55.5, progressBody, sampleNow)).toBe(true)
      expect((await load(id)).progress).toBe(55.5)
      expect((await store.loadWork(workId))?.progress).toBe(55.5)
    })

    it('refuses to call anything but a completed generation done', async () => {
      const { id, workId } = await processing()
      const update = (changes: Parameters<typeof store.transaction>[0]) =>
        expect(store.transaction(changes)).rejects.toThrow()
      await update((tx) => tx.updateGenerations([id], { progress: 100 }))
      await update((tx) => tx.updateGenerations([id], { status: 'failed' }))
      await update((tx) => tx.updateWork(workId, 1, { progress: 100 }))
      await update((tx) => tx.updateWork(workId, 1, { state: 'failed' }))
      expect(await load(id)).toMatchObject({ progress: 0, status: 'processing' })
      expect(await store.loadWork(workId)).toMatchObject({ version: 1, progress: 0, state: 'open' })
    })

    it('leaves generations alone that are final or deleted', async () => {
      const { id, workId } = await processing()
      const other = await join(await processing(), { workId })
      await store.transaction((tx) => tx.updateGenerations([id], { status: 'cancelled', finishedAt: sampleNow }))
      await store.transaction((tx) => tx.updateGenerations([id, other.id], { step: 'poll', progress: 7 }))
      expect(await load(id)).toMatchObject({ status: 'cancelled', step: 'start', progress: 0 })
      expect(await load(other.id)).toMatchObject({ step: 'poll', progress: 7 })
      await store.transaction((tx) => tx.updateGenerations([], { step: 'poll' }))
    })

    it('never has a generation start before it was there', async () => {
      const { id } = await add({ createdAt: later(1000) })
      await store.transaction((tx) => tx.updateGenerations([id], { status: 'processing', startedAt: sampleNow }))
      expect((await load(id)).startedAt).toEqual(later(1000))
    })

    it('lists the generations of a work, oldest first, without the deleted ones', async () => {
      const first = await processing()
      const second = await join(first)
      const ids = () => store.transaction(async (tx) => (await tx.generationsOf(first.workId)).map(({ id }) => id))
      expect(await ids()).toEqual([first.id, second.id])
      await store.transaction(async (tx) => {
        await tx.updateGenerations([first.id], { status: 'cancelled', finishedAt: sampleNow })
        await tx.markDeleted(first.id, sampleNow)
      })
      expect(await ids()).toEqual([second.id])
    })

    it('begins a log together with its generation, and tells of it', async () => {
      const { generation: other } = await processing()
      const generation = { ...other, id: sampleId('gen'), lastSeq: 2 }
      const { done } = noticesUntil(generation.id, 2)
      const log = [queuedBody, { type: 'cancelled' }] as const
      await store.transaction((tx) => tx.insertGeneration(generation, log))
      const { id: generationId, tenantId, createdAt: at, status, progress } = generation
      expect(await store.eventsAfter(generationId, 0, 9)).toEqual(
        log.map((body, index) => ({ generationId, tenantId, seq: index + 1, at, status, progress, body })),
      )
      expect(await done).toEqual([1, 2])
      await store.transaction((tx) => tx.appendEvents([generationId], queuedBody, sampleNow))
      expect((await load(generationId)).lastSeq).toBe(3)
    })

    it('stamps events with the state they were written in and numbers them from 1', async () => {
      const { id } = await add()
      await store.transaction((tx) => tx.appendEvents([id], queuedBody, sampleNow))
      const choosing = { type: 'step', step: 'choose', attempt: 1, provider: 'local' } as const
      await store.transaction(async (tx) => {
        await tx.updateGenerations([id], { status: 'processing', step: 'choose', progress: 3, startedAt: sampleNow })
        await tx.appendEvents([id], choosing, sampleNow)
      })
      const common = { generationId: id, tenantId: 'tenant-a', at: sampleNow }
      const first = { ...common, seq: 1, status: 'queued', progress: 0, body: queuedBody }
      const second = { ...common, seq: 2, status: 'processing', progress: 3, body: choosing }
      expect(await store.eventsAfter(id, 0, 10)).toEqual([first, second])
      expect(await store.eventsAfter(id, 1, 10)).toEqual([second])
      expect(await store.eventsAfter(id, 0, 1)).toEqual([first])
      expect((await load(id)).lastSeq).toBe(2)
    })

    it('tells progress to all who wait, each in a log of its own, and to nobody else', async () => {
      const first = await processing()
      const second = await join(first)
      const left = await join(first, { status: 'cancelled', finishedAt: sampleNow })
      await store.transaction((tx) => tx.appendEvents([second.id], queuedBody, sampleNow))
      expect(await store.appendProgress(first.workId, 1, 33, progressBody, sampleNow)).toBe(true)
      const seqs = async (id: string) => (await store.eventsAfter(id, 0, 9)).map(({ seq, progress }) => [seq, progress])
      expect(await seqs(first.id)).toEqual([[1, 33]])
      expect(await seqs(second.id)).toEqual([
        [1, 0],
        [2, 33],
      ])
      expect(await seqs(left.id)).toEqual([])
    })

    it('numbers 50 parallel appends without a gap or a repeat', async () => {
      const { id, workId } = await processing()
      await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          n % 2 === 0
            ? store.appendProgress(workId, 1, n, progressBody, sampleNow)
            : store.transaction(async (tx) => {
                await tx.lockWork(workId)
                await tx.appendEvents([id], progressBody, sampleNow)
              }),
        ),
      )
      const log = await store.eventsAfter(id, 0, 100)
      expect(log.map((event) => event.seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1))
      expect(log.every((event, n) => n === 0 || event.progress >= log[n - 1]!.progress)).toBe(true)
    })

    it('leaves nothing of a transaction that failed: no row, no event, no job', async () => {
      const { id, workId } = await processing()
      const photo = samplePhoto()
      const failing = store.transaction(async (tx) => {
        await tx.updateWork(workId, 1, { progress: 50 })
        await tx.updateGenerations([id], { progress: 50 })
        await tx.appendEvents([id], progressBody, sampleNow)
        await tx.enqueue({ workId, version: 2, lane: 'quick', priority: 'normal' })
        await tx.insertPhoto(photo)
        throw new Error('changed my mind')
      })
      await expect(failing).rejects.toThrow('changed my mind')
      expect(await load(id)).toMatchObject({ progress: 0, lastSeq: 0 })
      expect(await store.loadWork(workId)).toMatchObject({ version: 1, progress: 0 })
      expect(await store.eventsAfter(id, 0, 10)).toEqual([])
      expect(await harness.jobsOf(workId)).toEqual([])
      expect(await store.findPhoto('tenant-a', photo.id)).toBeNull()
    })

    it('writes the job with the row', async () => {
      const { workId } = await processing()
      const job: AdvanceJob = { workId, version: 2, lane: 'render', priority: 'high', delaySeconds: 3 }
      await store.transaction(async (tx) => {
        await tx.updateWork(workId, 1, { step: 'poll' })
        await tx.enqueue(job)
      })
      expect(await harness.jobsOf(workId)).toEqual([job])
    })

    it('refuses progress from a worker that was overtaken', async () => {
      const { id, workId } = await processing()
      await store.transaction((tx) => tx.updateWork(workId, 1, { step: 'store' }))
      expect(await store.appendProgress(workId, 1, 50, progressBody, sampleNow)).toBe(false)
      expect(await load(id)).toMatchObject({ progress: 0, lastSeq: 0 })
      expect(await store.appendProgress(workId, 2, 50, progressBody, sampleNow)).toBe(true)
      expect(await load(id)).toMatchObject({ progress: 50, lastSeq: 1 })
      expect((await store.loadWork(workId))?.version).toBe(2)
    })

    it('refuses progress of a work that is not open', async () => {
      const { workId } = await processing()
      await store.transaction((tx) => tx.updateWork(workId, 1, { state: 'failed', finishedAt: sampleNow }))
      expect(await store.appendProgress(workId, 2, 50, progressBody, sampleNow)).toBe(false)
      expect(await store.appendProgress('nope', 1, 50, progressBody, sampleNow)).toBe(false)
    })

    it('tells of an event after its commit and never of a rollback', async () => {
      const { id, workId } = await processing()
      const { seen, done } = noticesUntil(id, 2)
      const during = await store.transaction(async (tx) => {
        await tx.appendEvents([id], progressBody, sampleNow)
        await tx.updateWork(workId, 1, { progress: 1 })
        return [...seen]
      })
      expect(during).toEqual([])
      const failing = store.transaction(async (tx) => {
        await tx.appendEvents([id], progressBody, sampleNow)
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      await store.appendProgress(workId, 2, 5, progressBody, sampleNow)
      expect(await done).toEqual([1, 2])
    })

    it('tells the work and the status that an event came with, so that a worker hears of a cancel', async () => {
      const { id, workId } = await processing()
      const told = new Promise<unknown>((resolve) => {
        const leave = harness.subscribe((notice) => {
          if (notice.generationId !== id) return
          leave()
          resolve([notice.workId, notice.status])
        })
      })
      await store.transaction(async (tx) => {
        await tx.updateGenerations([id], { status: 'cancelled', finishedAt: sampleNow })
        await tx.appendEvents([id], { type: 'cancelled' }, sampleNow)
      })
      expect(await told).toEqual([workId, 'cancelled'])
    })

    it('knows the works that wait for cores or use them, in the order in which they will run', async () => {
      const [high, low] = [
        await add({}, { settings: { ...sampleWork({ photoId: '' }).settings, priority: 'high' }, createdAt: later(3) }),
        await add({}, { settings: { ...sampleWork({ photoId: '' }).settings, priority: 'low' }, createdAt: later(-3) }),
      ]
      const first = await add({}, { progress: 50, startedAt: sampleNow })
      const second = await add({}, { createdAt: later(1) })
      const elsewhere = await add({}, { runsHere: false })
      const over = await add({}, { state: 'failed', finishedAt: sampleNow })
      const works = await store.queuedWorks()
      const mine = [high, low, first, second, elsewhere, over].map(({ workId }) => workId)
      const seen = works.filter(({ id }) => mine.includes(id))
      expect(seen.map(({ id }) => id)).toEqual([high, first, second, low].map(({ workId }) => workId))
      expect(seen[1]).toEqual({
        id: first.workId,
        priority: 'normal',
        createdAt: sampleNow,
        isRunning: true,
        secondsLeft: 10.75,
      })
    })

    it('tells a place in the queue once, to those who still wait', async () => {
      const waiting = await add()
      const running = await processing()
      const tell = (ahead: number) =>
        store.tellPlaces(
          [waiting, running].map(({ workId }) => ({ workId, queue: { ahead, waitSeconds: 4.5 } })),
          sampleNow,
        )
      await tell(1)
      await tell(1)
      await tell(0)
      const bodies = async (id: string) => (await store.eventsAfter(id, 0, 9)).map(({ body }) => body)
      expect(await bodies(waiting.id)).toEqual([
        { type: 'waiting', queue: { ahead: 1, waitSeconds: 4.5 } },
        { type: 'waiting', queue: { ahead: 0, waitSeconds: 4.5 } },
      ])
      expect(await bodies(running.id)).toEqual([])
      expect((await load(waiting.id)).queue).toEqual({ ahead: 0, waitSeconds: 4.5 })
      await store.tellPlaces([], sampleNow)
    })

    it('shows a tenant only what is theirs', async () => {
      const [mine, theirs] = [sampleId('tenant'), sampleId('tenant')]
      const { generation } = await add({ tenantId: mine })
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
      for (let n = 0; n < 9; n += 1) made.push((await add({ tenantId, createdAt: at(n) })).generation)
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
      const { generation: wanted } = await add({ tenantId, status: 'processing', step: 'choose', startedAt: sampleNow })
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

    const over = { status: 'failed', finishedAt: sampleNow } as const
    const workOver = { state: 'failed', finishedAt: sampleNow } as const

    it('hides a deleted generation and blanks its words, but keeps its log', async () => {
      const tenantId = sampleId('tenant')
      const { id, generation } = await add({ tenantId, ...over }, workOver)
      const deleted = await store.transaction(async (tx) => {
        const done = await tx.markDeleted(id, sampleNow)
        await tx.appendEvents([id], { type: 'deleted' }, sampleNow)
        return done
      })
      expect(deleted).toBe(true)
      expect(await store.findGeneration(tenantId, id)).toBeNull()
      expect((await store.listGenerations(tenantId, { limit: 5 })).items).toEqual([])
      expect((await store.eventsAfter(id, 0, 10)).map((event) => event.body.type)).toEqual(['deleted'])
      expect(await store.transaction((tx) => tx.markDeleted(id, sampleNow))).toBe(false)
      expect(await store.transaction((tx) => tx.deletePhoto(tenantId, generation.photoId))).toBe(true)
    })

    it('refuses to delete what is not final', async () => {
      const { id } = await add()
      expect(await store.transaction((tx) => tx.markDeleted(id, sampleNow))).toBe(false)
      expect(await store.findGeneration('tenant-a', id)).not.toBeNull()
    })

    it('keeps a photo that a generation uses', async () => {
      const { id, generation } = await add(over, workOver)
      const { photoId } = generation
      expect(await store.transaction((tx) => tx.deletePhoto('tenant-a', photoId))).toBe(false)
      expect(await store.findPhoto('tenant-a', photoId)).not.toBeNull()
      const both = await store.transaction(async (tx) => {
        await tx.markDeleted(id, sampleNow)
        return tx.deletePhoto('tenant-a', photoId)
      })
      expect(both).toBe(true)
      expect(await store.findPhoto('tenant-a', photoId)).toBeNull()
      expect(await store.transaction((tx) => tx.deletePhoto('tenant-a', photoId))).toBe(false)
    })

    it('keeps a photo that an open work needs, though its generation is gone', async () => {
      const { id, workId, generation } = await add(over)
      const remove = () => store.transaction((tx) => tx.deletePhoto('tenant-a', generation.photoId))
      await store.transaction((tx) => tx.markDeleted(id, sampleNow))
      expect(await remove()).toBe(false)
      await store.transaction((tx) => tx.updateWork(workId, 1, workOver))
      expect(await remove()).toBe(true)
    })

    it('gives a photo to either of a deletion and a request that race for it', async () => {
      for (let round = 0; round < 10; round += 1) {
        const photo = samplePhoto({ kept: true })
        await store.transaction((tx) => tx.insertPhoto(photo))
        const { workId } = await add()
        const generation = sampleGeneration({ photoId: photo.id, workId })
        const [deleted, requested] = await Promise.all([
          store.transaction((tx) => tx.deletePhoto('tenant-a', photo.id)),
          store
            .transaction((tx) => tx.insertGeneration(generation, []))
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
        const startedAt = later(day * 86_400_000)
        const { workId } = await add({}, { startedAt })
        await store.transaction(async (tx) => {
          await tx.insertAttempt(sampleAttempt({ workId, provider, state }))
          await tx.updateWork(workId, 1, {
            state: 'done',
            finishedAt: new Date(startedAt.getTime() + takenSeconds * 1000),
            output: sampleOutput(workId, 10),
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
      const { workId } = await add()
      const generation = sampleGeneration({ photoId: 'nope', workId })
      await expect(store.transaction((tx) => tx.insertWork(sampleWork({ photoId: 'nope' })))).rejects.toMatchObject({
        reason: 'photo-not-found',
      })
      await expect(store.transaction((tx) => tx.insertGeneration(generation, []))).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        reason: 'photo-not-found',
        status: 404,
      })
    })
  })
}
