/** What becomes of a job whose process is killed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { openDatabase } from '../../src/database/open-database.ts'
import { createJobs, type JobRun } from '../../src/jobs/create-jobs.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { type SpawnedWorker, spawnWorker } from '../support/spawned-worker.ts'
import { until } from '../support/until.ts'

const log = { info: () => {}, warn: () => {}, error: () => {} }

describe('a job whose process is killed', () => {
  const cleanups: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })
  const worker = (...args: Parameters<typeof spawnWorker>): SpawnedWorker => {
    const spawned = spawnWorker(...args)
    cleanups.push(() => spawned.kill())
    return spawned
  }

  it('runs again as soon as the embedded database is opened again, which takes over the lock', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'))
    cleanups.push(() => rm(dataDir, { recursive: true, force: true }))
    const killed = worker({ dataDir }, 'gen_1')
    await killed.says('started')
    await expect(openDatabase({ dataDir })).rejects.toThrow(`in use by process ${killed.pid}`)
    await killed.kill()

    const database = await openDatabase({ dataDir })
    cleanups.push(() => database.close())
    const jobs = await createJobs({ connection: database.jobsConnection, log })
    cleanups.push(() => jobs.stop({ graceMs: 0 }))
    expect(await jobs.recover()).toBe(1)
    expect((await jobs.counts()).quick).toEqual({ waiting: 1, delayed: 0, active: 0 })
    const runs: JobRun[] = []
    await jobs.work('quick', { concurrency: 1 }, async (run) => void runs.push(run))
    await until(() => runs.length === 1, 'the job runs again')
    expect(runs[0]).toMatchObject({ workId: 'gen_1', retries: 1, lastTry: false })
    expect(await jobs.recover()).toBe(0)
  }, 120_000)

  it('is taken over by another node on PostgreSQL once its heartbeat stops', async () => {
    const server = await postgresForTests()
    cleanups.push(() => server.stop())
    const databaseUrl = await server.createDatabase()
    const database = await openDatabase({ databaseUrl, dataDir: '/nonexistent' })
    cleanups.push(() => database.close())
    const jobs = await createJobs({ connection: database.jobsConnection, log })
    cleanups.push(() => jobs.stop({ graceMs: 0 }))

    const killed = worker({ databaseUrl, dataDir: '/nonexistent' }, 'gen_1')
    await killed.says('started')
    expect(await jobs.recover()).toBe(0)
    const runs: JobRun[] = []
    await jobs.work('quick', { concurrency: 1 }, async (run) => void runs.push(run))
    await killed.kill()
    await until(() => runs.length === 1, 'the other node takes the job over', 60_000)
    expect(runs[0]).toMatchObject({ workId: 'gen_1', retries: 1, lastTry: false })
  }, 120_000)
})
