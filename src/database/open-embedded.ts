import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { createEmbeddedFeed } from './event-feed.ts'
import { PrismaClient } from './generated/client.ts'
import type { Log } from './log.ts'
import { migrate } from './migrate.ts'
import type { Database } from './open-database.ts'
import { acquireProcessLock } from './process-lock.ts'
import { transactionOptions } from './transaction-options.ts'
import { withWholeScripts } from './whole-scripts.ts'

/** Half the memory of the default 128 MB, measured; UTC because the adapter drops offsets. */
export const startParams = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB', '-c', 'TimeZone=UTC']

/** A dump to start a new database from; undefined: there is none, so it is made anew. */
export type Seed = () => Promise<Blob | undefined>

/** Made by the build, beside this file. */
export const seedFile = fileURLToPath(new URL('seed.tar.gz', import.meta.url))

const builtSeed: Seed = async () => {
  const bytes = await readFile(seedFile).catch(() => null)
  return bytes ? new Blob([bytes], { type: 'application/x-gzip' }) : undefined
}

/**
 * PostgreSQL inside this process. It has one session: a statement outside of the running transaction waits for it to
 * end, so inside a transaction only that transaction's own handle may be used. It does not fsync: a killed process
 * loses nothing, a power cut may.
 */
export async function openEmbedded(options: {
  readonly directory: string
  readonly seed?: Seed | undefined
  readonly log: Log
}): Promise<Database> {
  const { directory, seed = builtSeed, log } = options
  const lock = await acquireProcessLock(`${directory}.lock`, log)
  try {
    await mkdir(directory, { recursive: true })
    const isNew = !existsSync(join(directory, 'PG_VERSION'))
    if (isNew) log.info({ directory }, 'creating the embedded database')
    const dump = isNew ? await seed() : undefined
    const pglite = await PGlite.create({ dataDir: directory, startParams, ...(dump ? { loadDataDir: dump } : {}) })
    try {
      // Nothing vacuums in the background here, nor keeps the planner's statistics.
      if (!isNew) await pglite.exec('VACUUM ANALYZE')
      return await assemble(pglite, () => lock.release(), log)
    } catch (error) {
      await pglite.close()
      throw error
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function assemble(pglite: PGlite, unlock: () => Promise<void>, log: Log): Promise<Database> {
  const factory = new PrismaPGlite(pglite)
  const applied = await migrate(withWholeScripts(factory, (script) => pglite.exec(script)))
  if (applied.length > 0) log.info({ applied }, 'database migrated')
  const prisma = new PrismaClient({ adapter: factory, transactionOptions })
  const feed = await createEmbeddedFeed(pglite, log)
  return {
    kind: 'embedded',
    prisma,
    feed,
    jobsConnection: { kind: 'embedded', pglite },
    async ping() {
      await pglite.query('SELECT 1')
    },
    countNodes: async () => 1,
    async close() {
      try {
        await feed.close()
        await prisma.$disconnect()
        await pglite.close()
      } finally {
        await unlock()
      }
    },
  }
}
