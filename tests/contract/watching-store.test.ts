/** The sums that alerts and cost reports are made of, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createGenerationStore } from '../../src/database/generation-store.ts'
import { type Database, openDatabase } from '../../src/database/open-database.ts'
import { createWatchingStore } from '../../src/database/watching-store.ts'
import type { Generation } from '../../src/generations/generation.ts'
import type { GenerationStore } from '../../src/generations/ports.ts'
import type { Attempt, Work } from '../../src/generations/work.ts'
import type { CostStore, WatchingStore } from '../../src/watching/ports.ts'
import { openEmbeddedDatabase } from '../support/embedded-database.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { sampleAttempt, sampleGeneration, samplePhoto, sampleWork } from '../support/sample-rows.ts'

const at = (time: string) => new Date(`2026-11-21T${time}Z`)
const rupees = (amount: number) => ({ micros: Math.round(amount * 1e6), currency: 'INR' })
const failure = (code: 'PROVIDER_ERROR' | 'CONTENT_POLICY_VIOLATION') =>
  ({ code, reason: 'r', message: 'm', hint: null, retryable: true }) as const

describeWatchingStore('embedded', openEmbeddedDatabase)

describeWatchingStore('PostgreSQL', async () => {
  const server = await postgresForTests()
  const database = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
  return {
    database,
    async dispose() {
      await database.close()
      await server.stop()
    },
  }
})

function describeWatchingStore(
  name: string,
  open: () => Promise<{ readonly database: Database; dispose(): Promise<void> }>,
): void {
  describe(`the sums (${name})`, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let store: GenerationStore
    let sums: WatchingStore & CostStore
    beforeAll(async () => {
      opened = await open()
      store = createGenerationStore(opened.database, { enqueue: async () => {} })
      sums = createWatchingStore(opened.database)
      await fill()
    })
    afterAll(() => opened?.dispose())

    const add = async (
      generation: Partial<Generation>,
      work: Partial<Work> = {},
      attempts: readonly Partial<Attempt>[] = [],
    ) => {
      const tenantId = generation.tenantId ?? 'tenant-a'
      const photo = samplePhoto({ tenantId })
      const made = sampleWork({ photoId: photo.id, tenantId, createdAt: at('10:00:00'), ...work })
      await store.transaction(async (tx) => {
        await tx.insertPhoto(photo)
        await tx.insertWork(made)
        await tx.insertGeneration(
          sampleGeneration({ photoId: photo.id, workId: made.id, tenantId, createdAt: at('10:00:00'), ...generation }),
          [],
        )
        for (const [i, attempt] of attempts.entries()) {
          await tx.insertAttempt(
            sampleAttempt({ workId: made.id, ordinal: i + 1, createdAt: at('10:00:00'), ...attempt }),
          )
        }
      })
    }

    const fill = async () => {
      const finishedAt = at('10:05:00')
      const done = { state: 'done', startedAt: at('10:01:00'), finishedAt } as const
      const completed = { status: 'completed', finishedAt } as const
      // Fell back: the first try cost the house, the second the user.
      await add(completed, done, [
        {
          provider: 'one',
          state: 'failed',
          failure: failure('PROVIDER_ERROR'),
          cost: rupees(2),
          costBearer: 'house',
          finishedAt,
        },
        { provider: 'two', state: 'succeeded', cost: rupees(4.5), costBearer: 'user', finishedAt },
      ])
      // A cached answer and one that the provider refuses.
      await add({ ...completed, origin: 'cached' }, done, [
        { provider: 'two', state: 'succeeded', createdAt: at('06:00:00'), finishedAt: at('06:01:00') },
      ])
      await add({ status: 'failed', finishedAt }, { state: 'failed', finishedAt }, [
        { provider: 'one', state: 'failed', failure: failure('CONTENT_POLICY_VIOLATION'), finishedAt },
      ])
      // Under way, cancelled, of yesterday, of somebody else.
      await add({}, {}, [{ provider: 'one' }])
      await add({ status: 'cancelled', finishedAt }, { state: 'cancelled', finishedAt }, [
        { provider: 'one', state: 'cancelled', finishedAt },
      ])
      const yesterday = new Date('2026-11-20T23:59:59Z')
      await add(
        { ...completed, createdAt: yesterday, finishedAt: yesterday },
        { ...done, createdAt: yesterday, finishedAt: yesterday },
        [
          {
            provider: 'two',
            state: 'succeeded',
            cost: rupees(300),
            costBearer: 'user',
            createdAt: yesterday,
            finishedAt: yesterday,
          },
        ],
      )
      await add({ ...completed, tenantId: 'tenant-b' }, done, [
        { provider: 'two', state: 'succeeded', cost: rupees(99), costBearer: 'user', finishedAt },
      ])
      await add({ ...completed, tenantId: 'tenant-b' }, done, [
        {
          provider: 'three',
          state: 'succeeded',
          cost: { micros: 700, currency: 'USD' },
          costBearer: 'user',
          finishedAt,
        },
        { provider: 'two', state: 'succeeded', cost: rupees(1.000001), costBearer: 'user', finishedAt },
      ])
    }

    it('are made of what ended since then, of all tenants', async () => {
      expect(await sums.figuresSince(at('09:50:00'), 'INR')).toEqual({
        attempts: 6,
        failedAttempts: 1,
        made: { count: 4, seconds: 960 },
        accepted: { count: 7, hits: 1 },
        begun: { first: 6, fallbacks: 2 },
        costMicros: 106_500_001,
      })
    })

    it('are nothing of a time in which nothing happened', async () => {
      expect(await sums.figuresSince(at('11:00:00'), 'INR')).toEqual({
        attempts: 0,
        failedAttempts: 0,
        made: { count: 0, seconds: 0 },
        accepted: { count: 0, hits: 0 },
        begun: { first: 0, fallbacks: 0 },
        costMicros: 0,
      })
    })

    it('find who spent more than a bound, counting no other day, currency or bearer', async () => {
      expect(await sums.spendersSince(at('00:00:00'), rupees(100))).toEqual([
        { tenantId: 'tenant-b', micros: 100_000_001 },
      ])
      expect(await sums.spendersSince(at('00:00:00'), { micros: 100_000_001, currency: 'INR' })).toEqual([])
      expect(await sums.spendersSince(new Date('2026-11-20T00:00:00Z'), rupees(304))).toEqual([
        { tenantId: 'tenant-a', micros: 304_500_000 },
      ])
    })

    it('tell by day and provider what one tenant had made, and who pays', async () => {
      const until = new Date('2026-11-22T00:00:00Z')
      expect(await sums.costsOf('tenant-a', new Date('2026-11-20T00:00:00Z'), until)).toEqual([
        { day: '2026-11-21', provider: 'one', currency: 'INR', generations: 0, userMicros: 0, houseMicros: 2_000_000 },
        { day: '2026-11-21', provider: 'two', currency: 'INR', generations: 2, userMicros: 4_500_000, houseMicros: 0 },
        { day: '2026-11-20', provider: 'two', currency: 'INR', generations: 1, userMicros: 3e8, houseMicros: 0 },
      ])
      expect(await sums.costsOf('tenant-a', at('00:00:00'), until)).toHaveLength(2)
      expect(await sums.costsOf('tenant-c', at('00:00:00'), until)).toEqual([])
    })
  })
}
