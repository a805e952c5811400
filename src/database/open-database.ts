import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import type { EventFeed } from './event-feed.ts'
import type { PrismaClient } from './generated/client.ts'
import { type Log, silentLog } from './log.ts'
import { openEmbedded, type Seed } from './open-embedded.ts'
import { openPostgres } from './open-postgres.ts'

/** What the queue needs to sit in the same database. */
export type JobsConnection =
  | { readonly kind: 'postgres'; readonly connectionString: string }
  | { readonly kind: 'embedded'; readonly pglite: PGlite }

export interface Database {
  readonly kind: 'postgres' | 'embedded'
  readonly prisma: PrismaClient
  readonly feed: EventFeed
  readonly jobsConnection: JobsConnection
  /** Resolves when a statement came back. Embedded it waits for the transaction that is running. */
  ping(): Promise<void>
  /** How many processes have the database open, this one included: 1 where it is embedded. */
  countNodes(): Promise<number>
  /** Close what uses it (stores, jobs) first. */
  close(): Promise<void>
}

export interface OpenDatabaseOptions {
  /** A PostgreSQL (>= 14) URL. Without one, the embedded database in `dataDir` is used. */
  readonly databaseUrl?: string | undefined
  readonly dataDir: string
  /** Connections for queries; the feed and the queue hold their own. Only for PostgreSQL. */
  readonly poolSize?: number | undefined
  /** After what PostgreSQL ends a transaction that says nothing; absent: 16 s. */
  readonly frozenAfterMs?: number | undefined
  /** What a new embedded database starts from; absent: the dump that came with the build. */
  readonly seed?: Seed | undefined
  readonly log?: Log | undefined
}

/**
 * Opens and migrates the database: PostgreSQL when there is a URL, else PGlite in `<dataDir>/db`.
 * @throws Error in plain words when it cannot be reached, migrated, or (embedded) is held by another process.
 */
export function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, poolSize = 10, frozenAfterMs, seed, log = silentLog } = options
  if (databaseUrl) return openPostgres({ databaseUrl, poolSize, frozenAfterMs, log })
  return openEmbedded({ directory: join(dataDir, 'db'), seed, log })
}
