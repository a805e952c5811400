import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { EventNotice } from '../../../src/database/event-feed.ts'
import { createGenerationStore } from '../../../src/database/generation-store.ts'
import { openDatabase } from '../../../src/database/open-database.ts'
import { embeddedSeed } from '../../support/embedded-database.ts'
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts'
import { sampleGeneration, sampleNow, samplePhoto, sampleWork } from '../../support/sample-rows.ts'
import { until } from '../../support/until.ts'

const enqueue = async () => {}

describe('the embedded database', () => {
  it('keeps its rows from one opening to the next', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'))
    const seed = await embeddedSeed()
    const photo = samplePhoto()
    try {
      for (const isFirst of [true, false]) {
        // The second opening finds files and must leave the seed alone.
        const database = await openDatabase({ dataDir, seed: async () => seed })
        const store = createGenerationStore(database, { enqueue })
        if (isFirst) await store.transaction((tx) => tx.insertPhoto(photo))
        else expect(await store.findPhoto(photo.tenantId, photo.id)).toEqual(photo)
        await database.ping()
        await database.close()
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('is refused to a second opening until the first is closed', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'))
    const seed = await embeddedSeed()
    try {
      const first = await openDatabase({ dataDir, seed: async () => seed })
      await expect(openDatabase({ dataDir })).rejects.toThrow(`in use by process ${process.pid}`)
      await first.close()
      const second = await openDatabase({ dataDir })
      await second.close()
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})

describe('PostgreSQL', () => {
  // Its own, since one test restarts it.
  let server: PostgresServer

  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.stop())

  it('that cannot be reached is an error, not a wait', async () => {
    const databaseUrl = `postgresql://postgres@localhost/none?host=${encodeURIComponent(join(tmpdir(), 'no-server'))}`
    await expect(openDatabase({ databaseUrl, dataDir: '/nonexistent' })).rejects.toThrow()
  })

  it('tells how many processes have it open, without those that are gone', async () => {
    const databaseUrl = await server.createDatabase()
    const open = () => openDatabase({ databaseUrl, dataDir: '/nonexistent' })
    const first = await open()
    const other = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
    expect(await first.countNodes()).toBe(1)
    const second = await open()
    expect([await first.countNodes(), await second.countNodes()]).toEqual([2, 2])
    await second.close()
    await until(async () => (await first.countNodes()) === 1, 'the second process is not counted any more')
    await Promise.all([first.close(), other.close()])
  })

  it('ends a transaction of a frozen process, so that others can go on with its rows', async () => {
    const databaseUrl = await server.createDatabase()
    const frozen = await openDatabase({ databaseUrl, dataDir: '/nonexistent', frozenAfterMs: 200 })
    const other = await openDatabase({ databaseUrl, dataDir: '/nonexistent' })
    const photo = samplePhoto()
    await createGenerationStore(other, { enqueue }).transaction((tx) => tx.insertPhoto(photo))
    const lost = frozen.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`UPDATE photos SET kept = true WHERE id = ${photo.id}`
      // Waits for the row that the transaction around it holds: only its end lets this come back.
      await other.prisma.$executeRaw`UPDATE photos SET width = 1 WHERE id = ${photo.id}`
    })
    await expect(lost).rejects.toThrow()
    expect(await other.prisma.photo.findUnique({ where: { id: photo.id } })).toMatchObject({ kept: false, width: 1 })
    await Promise.all([frozen.close(), other.close()])
  }, 30_000)

  it('that restarts costs a gap in the feed, which is told, and nothing else', async () => {
    const database = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
    const store = createGenerationStore(database, { enqueue })
    const photo = samplePhoto()
    const work = sampleWork({ photoId: photo.id })
    const generation = sampleGeneration({ photoId: photo.id, workId: work.id })
    await store.transaction(async (tx) => {
      await tx.insertPhoto(photo)
      await tx.insertWork(work)
      await tx.insertGeneration(generation, [])
    })
    const notices: EventNotice[] = []
    let gaps = 0
    database.feed.subscribe((notice) => void notices.push(notice))
    database.feed.onReconnected(() => {
      gaps += 1
    })
    const append = () => store.transaction((tx) => tx.appendEvents([generation.id], { type: 'cancelled' }, sampleNow))
    await append()
    await until(() => notices.length === 1, 'the first notice')

    await server.restart()
    await until(() => gaps === 1, 'the feed is connected again')
    // A connection of the pool may still be a dead one; the caller sees an error and may ask again.
    await append().catch(append)
    await until(() => notices.length === 2, 'the second notice')
    const { id: generationId, workId, status } = generation
    expect(notices).toEqual([1, 2].map((seq) => ({ generationId, workId, seq, status })))
    await database.ping()
    await database.close()
  })

  it('reads back the same instant whatever time zone the server lives in', async () => {
    // The test server runs on Indian time.
    const database = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
    const photo = samplePhoto()
    const store = createGenerationStore(database, { enqueue })
    await store.transaction((tx) => tx.insertPhoto(photo))
    const [raw] = await database.prisma.$queryRaw<{ seconds: number }[]>`
        SELECT extract(epoch FROM created_at)::float8 AS seconds FROM photos`
    expect(raw?.seconds).toBe(photo.createdAt.getTime() / 1000)
    const found = await database.prisma.photo.findMany({ where: { createdAt: photo.createdAt } })
    expect(found.map(({ createdAt }) => createdAt)).toEqual([photo.createdAt])
    await database.close()
  })
})
