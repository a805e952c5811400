import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { createPostgresFeed, feedSessionName } from './event-feed.ts'
import { PrismaClient } from './generated/client.ts'
import type { Log } from './log.ts'
import { migrate } from './migrate.ts'
import type { Database } from './open-database.ts'
import { transactionOptions } from './transaction-options.ts'
import { withWholeScripts } from './whole-scripts.ts'

/** Session time zone UTC: the adapter writes and reads timestamps without their offset. */
const onConnect = async (client: pg.Client | pg.ClientBase): Promise<void> => {
  await client.query("SET TIME ZONE 'UTC'")
}

/**
 * A process that freezes within a transaction keeps its rows locked. After this PostgreSQL ends the transaction, so that
 * others go on; our own statements follow one another in milliseconds, and Prisma gives up at 15 s.
 */
const frozenAfterMs = 16_000

/** Connects, migrates and starts listening. @throws Error when the server cannot be reached or the schema is broken. */
export async function openPostgres(options: {
  readonly databaseUrl: string
  readonly poolSize: number
  readonly log: Log
  /** After what PostgreSQL ends a transaction that says nothing. */
  readonly frozenAfterMs?: number | undefined
}): Promise<Database> {
  const { databaseUrl, poolSize, log } = options
  await migratePostgres(databaseUrl, log)
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'talking-photo',
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    idle_in_transaction_session_timeout: options.frozenAfterMs ?? frozenAfterMs,
    onConnect,
  })
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'))
  const factory = new PrismaPg(pool)
  const prisma = new PrismaClient({ adapter: factory, transactionOptions })
  const feed = createPostgresFeed(databaseUrl, log)
  try {
    await feed.ready
  } catch (error) {
    await Promise.allSettled([feed.close(), prisma.$disconnect()])
    await pool.end()
    throw error
  }
  return {
    kind: 'postgres',
    prisma,
    feed,
    jobsConnection: { kind: 'postgres', connectionString: databaseUrl },
    async ping() {
      await pool.query('SELECT 1')
    },
    async countNodes() {
      // Each process listens on one session, which ends with it: nobody need say that they are gone.
      const { rows } = await pool.query<{ nodes: number }>(
        'SELECT count(*)::int AS nodes FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1',
        [feedSessionName],
      )
      return Math.max(1, rows[0]?.nodes ?? 1)
    },
    async close() {
      await feed.close()
      await prisma.$disconnect()
      await pool.end()
    },
  }
}

async function migratePostgres(databaseUrl: string, log: Log): Promise<void> {
  // A pool of one: the engine's advisory lock belongs to a session.
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 10_000, onConnect })
  pool.on('error', (error) => log.warn({ err: error }, 'the migrating connection broke'))
  try {
    await waitForOtherNodes(pool, log)
    const applied = await migrate(withWholeScripts(new PrismaPg(pool), (script) => pool.query(script)))
    if (applied.length > 0) log.info({ applied }, 'database migrated')
  } finally {
    await pool.end()
  }
}

/** Any number, the same for every release. */
const migrationLock = 740_833_100

/**
 * The engine takes a lock of its own but gives up after 10 s, which a long migration on another node would outlast.
 * Ours lies on the same session and goes with it.
 */
async function waitForOtherNodes(pool: pg.Pool, log: Log): Promise<void> {
  const { rows } = await pool.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [migrationLock])
  if (rows[0]?.mine) return
  log.info({}, 'another node is migrating the database: waiting for it')
  await pool.query('SELECT pg_advisory_lock($1)', [migrationLock])
}
