/** What users say of videos, on both databases. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createGenerationStore } from '../../src/database/generation-store.ts'
import { type Database, openDatabase } from '../../src/database/open-database.ts'
import { createRatingStore } from '../../src/database/rating-store.ts'
import type { Generation } from '../../src/generations/generation.ts'
import type { GenerationStore } from '../../src/generations/ports.ts'
import { type RatingStore, rateGeneration, readRatings } from '../../src/generations/ratings.ts'
import { openEmbeddedDatabase } from '../support/embedded-database.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { sampleAttempt, sampleGeneration, samplePhoto, sampleWork } from '../support/sample-rows.ts'

describeRatingStore('embedded', openEmbeddedDatabase)

describeRatingStore('PostgreSQL', async () => {
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

const making: NonNullable<Generation['making']> = {
  provider: 'one',
  model: 'one/a',
  providerRequestId: null,
  providerJobId: null,
  fallbackUsed: false,
  originalError: null,
  qualityMetrics: null,
}

function describeRatingStore(
  name: string,
  open: () => Promise<{ readonly database: Database; dispose(): Promise<void> }>,
): void {
  describe(`the ratings (${name})`, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let store: GenerationStore
    let ratings: RatingStore
    beforeAll(async () => {
      opened = await open()
      store = createGenerationStore(opened.database, { enqueue: async () => {} })
      ratings = createRatingStore(opened.database)
    })
    afterAll(() => opened?.dispose())

    const add = async (given: Partial<Generation>): Promise<Generation> => {
      const photo = samplePhoto()
      const work = sampleWork({ photoId: photo.id })
      const isOpen = given.status === 'queued' || given.status === 'processing'
      const finishedAt = isOpen ? null : ratedAt
      const generation = sampleGeneration({ photoId: photo.id, workId: work.id, finishedAt, ...given })
      await store.transaction(async (tx) => {
        await tx.insertPhoto(photo)
        await tx.insertWork(work)
        await tx.insertGeneration(generation, [])
        await tx.insertAttempt(sampleAttempt({ workId: work.id, provider: 'two', model: 'two/b', state: 'succeeded' }))
      })
      return generation
    }
    const ratedAt = new Date('2026-11-21T10:00:00.000Z')
    const save = (generation: Generation, score: number, comment: string | null = null, tenantId = 'tenant-a') =>
      ratings.saveRating({ tenantId, generationId: generation.id, score, comment, ratedAt })

    it('are kept for completed ones with who made it, the last word in place of the first', async () => {
      const generation = await add({ status: 'completed', making })
      expect(await save(generation, 2, 'Too stiff.')).toMatchObject({ provider: 'one', model: 'one/a', score: 2 })
      await save(generation, 5)
      expect(await ratings.ratingsOf('tenant-a', [generation.id, 'gen_unknown'])).toEqual([
        { generationId: generation.id, provider: 'one', model: 'one/a', score: 5, comment: null, ratedAt },
      ])
      expect(await ratings.ratingsOf('tenant-b', [generation.id])).toEqual([])
    })

    it('know who made it from the attempts, where the generation does not say', async () => {
      expect(await save(await add({ status: 'completed' }), 3)).toMatchObject({ provider: 'two', model: 'two/b' })
    })

    it('are refused for what is not completed, deleted, or of another tenant', async () => {
      for (const status of ['queued', 'processing', 'failed', 'cancelled'] as const) {
        expect(await save(await add({ status }), 3)).toBeNull()
      }
      const generation = await add({ status: 'completed' })
      expect(await save(generation, 3, null, 'tenant-b')).toBeNull()
      await store.transaction((tx) => tx.markDeleted(generation.id, ratedAt))
      expect(await save(generation, 3)).toBeNull()
    })

    it('lose their words when the video is deleted, and keep the number for figures', async () => {
      const generation = await add({ status: 'completed', making })
      await save(generation, 4, 'My face!')
      await store.transaction((tx) => tx.markDeleted(generation.id, ratedAt))
      expect(await ratings.ratingsOf('tenant-a', [generation.id])).toMatchObject([{ score: 4, comment: null }])
    })

    it('are told to the figures once kept, and asked for only where there can be one', async () => {
      const rated: unknown[] = []
      const parts = {
        store,
        ratings,
        clock: { now: () => ratedAt },
        vendors: { rated: (it: unknown) => rated.push(it) },
      }
      const [done, open] = [await add({ status: 'completed', making }), await add({ status: 'queued' })]
      const rate = rateGeneration(parts)
      expect(await rate('tenant-a', done.id, { score: 4, comment: null })).toMatchObject({ rating: { score: 4 } })
      await expect(rate('tenant-a', open.id, { score: 4, comment: null })).rejects.toMatchObject({
        reason: 'nothing-to-rate',
        status: 409,
        retryable: true,
      })
      await expect(rate('tenant-b', done.id, { score: 4, comment: null })).rejects.toMatchObject({ status: 404 })
      expect(rated).toMatchObject([{ provider: 'one', score: 4 }])
      expect([...(await readRatings(parts)('tenant-a', [done, open])).keys()]).toEqual([done.id])
    })
  })
}
