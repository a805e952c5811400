/** Embedded databases that start from a dump instead of a fresh initdb: about a second instead of four. */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrationsFolder } from '../../src/database/migrate.ts'
import { type Database, openDatabase } from '../../src/database/open-database.ts'

const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/talking-photo', import.meta.url))

export interface EmbeddedTestDatabase {
  readonly database: Database
  readonly dataDir: string
  /** Closes the database and removes its files. */
  dispose(): Promise<void>
}

export async function openEmbeddedDatabase(): Promise<EmbeddedTestDatabase> {
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-'))
  const database = await openDatabase({ dataDir, seed: embeddedSeed })
  return {
    database,
    dataDir,
    async dispose() {
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A dump of a migrated, empty database. Kept beside the packages until PGlite or a migration changes. */
export async function embeddedSeed(): Promise<Blob> {
  const file = join(cacheFolder, `${await seedKey()}.tar`)
  const kept = await readFile(file).catch(() => null)
  if (kept !== null) return new Blob([kept])
  const dataDir = await mkdtemp(join(tmpdir(), 'embedded-seed-'))
  const database = await openDatabase({ dataDir, seed: async () => undefined })
  try {
    if (database.jobsConnection.kind !== 'embedded') throw new Error('unreachable')
    const dump = await database.jobsConnection.pglite.dumpDataDir('none')
    await mkdir(cacheFolder, { recursive: true })
    const aside = `${file}.${randomUUID()}`
    await writeFile(aside, Buffer.from(await dump.arrayBuffer()))
    await rename(aside, file)
    return dump
  } finally {
    await database.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function seedKey(): Promise<string> {
  const hash = createHash('sha256')
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  hash.update(readFileSync(join(entry, '..', '..', 'package.json')))
  for (const name of (await readdir(migrationsFolder)).sort()) {
    hash.update(name)
    hash.update(await readFile(join(migrationsFolder, name, 'migration.sql')).catch(() => ''))
  }
  return hash.digest('hex').slice(0, 16)
}
