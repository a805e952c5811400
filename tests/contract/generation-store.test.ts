import { createGenerationStore } from '../../src/database/generation-store.ts'
import { type Database, openDatabase } from '../../src/database/open-database.ts'
import type { AdvanceJob } from '../../src/generations/ports.ts'
import { createMemoryGenerationStore } from '../doubles/memory-generation-store.ts'
import { openEmbeddedDatabase } from '../support/embedded-database.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { describeGenerationStore, type StoreHarness } from './generation-store.ts'

describeGenerationStore('in memory', async () => {
  const store = createMemoryGenerationStore()
  return {
    store,
    subscribe: store.subscribe,
    jobsOf: async (id) => store.jobs.filter((job) => job.workId === id),
    close: async () => {},
  }
})

describeGenerationStore('embedded', async () => {
  const { database, dispose } = await openEmbeddedDatabase()
  return harnessOf(database, dispose)
})

describeGenerationStore('PostgreSQL', async () => {
  const server = await postgresForTests()
  const database = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
  return harnessOf(database, async () => {
    await database.close()
    await server.stop()
  })
})

/** Jobs go to a table of the test's own: the queue has a contract of its own. */
async function harnessOf(database: Database, close: () => Promise<void>): Promise<StoreHarness> {
  const { prisma, feed } = database
  await prisma.$executeRaw`CREATE TABLE test_jobs (number serial, work_id text, job text)`
  const store = createGenerationStore(database, {
    enqueue: async (tx, job) => {
      await tx.$executeRaw`INSERT INTO test_jobs (work_id, job) VALUES (${job.workId}, ${JSON.stringify(job)})`
    },
  })
  return {
    store,
    subscribe: feed.subscribe,
    async jobsOf(id) {
      const rows = await prisma.$queryRaw<{ job: string }[]>`
        SELECT job FROM test_jobs WHERE work_id = ${id} ORDER BY number`
      return rows.map((row) => JSON.parse(row.job) as AdvanceJob)
    },
    close,
  }
}
