import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { findDrift } from '../../../src/database/drift.ts'
import { migrate, migrationsFolder } from '../../../src/database/migrate.ts'
import { openDatabase } from '../../../src/database/open-database.ts'
import { withWholeScripts } from '../../../src/database/whole-scripts.ts'
import { postgresForTests } from '../../support/postgres-server.ts'

const schemaFile = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url))

/** A file that a split at ';' would cut in two places. */
const functionSql = `
CREATE TABLE "notes" ("id" TEXT NOT NULL PRIMARY KEY, "text" TEXT NOT NULL DEFAULT 'a;b');
-- a comment; with a semicolon
CREATE FUNCTION shout(given TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$ BEGIN RETURN upper(given); END; $$;
`
const brokenSql = 'CREATE TABLE "half" ("id" INTEGER); INSERT INTO "not_there" VALUES (1);'

interface Target {
  /** Runs the migrations of a folder. */
  migrate(folder: string): Promise<readonly string[]>
  rows(sql: string): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}

describe.each(['PGlite', 'PostgreSQL'] as const)('migrations on %s', (kind) => {
  let target: Target
  let folder: string
  let server: Awaited<ReturnType<typeof postgresForTests>> | undefined

  let template: PGlite | undefined

  beforeAll(async () => {
    if (kind === 'PostgreSQL') server = await postgresForTests()
    else template = await PGlite.create({ dataDir: 'memory://' })
  })
  afterAll(async () => {
    await server?.stop()
    await template?.close()
  })
  beforeEach(async () => {
    target = server ? await onPostgres(await server.createDatabase()) : onPglite((await template!.clone()) as PGlite)
    folder = await mkdtemp(join(tmpdir(), 'migrations-'))
  })
  afterEach(async () => {
    await target.close()
    await rm(folder, { recursive: true, force: true })
  })

  const add = async (name: string, sql: string) => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }

  it('are applied in order, once', async () => {
    await cp(migrationsFolder, folder, { recursive: true })
    await add('99990101000000_notes', functionSql)
    const names = (await readdir(folder)).filter((name) => /^\d/.test(name)).sort()
    expect(await target.migrate(folder)).toEqual(names)
    expect(await target.migrate(folder)).toEqual([])
    expect(await target.rows(`SELECT shout('abc') AS loud`)).toEqual([{ loud: 'ABC' }])
  })

  it('leave nothing behind when one fails, and refuse to go on until that is settled', async () => {
    await add('20260101000000_first', functionSql)
    await add('20260102000000_broken', brokenSql)
    await expect(target.migrate(folder)).rejects.toThrow('20260102000000_broken')
    expect(await target.rows(`SELECT to_regclass('half') AS half, to_regclass('notes')::text AS notes`)).toEqual([
      { half: null, notes: 'notes' },
    ])
    await add('20260102000000_broken', functionSql.replaceAll('notes', 'others'))
    await expect(target.migrate(folder)).rejects.toThrow('20260102000000_broken')
  })

  it('refuse a history that was edited', async () => {
    await add('20260101000000_first', functionSql)
    await target.migrate(folder)
    await add('20260101000000_first', `${functionSql}-- edited\n`)
    await expect(target.migrate(folder)).rejects.toThrow('edited after they were applied: 20260101000000_first')
  })
})

describe('opening PostgreSQL', () => {
  it('migrates once, however many nodes do it at the same time', async () => {
    const server = await postgresForTests()
    try {
      const databaseUrl = await server.createDatabase()
      const applied: object[] = []
      const log = {
        info: (details: object, message: string) => void (message === 'database migrated' && applied.push(details)),
        warn: () => {},
        error: () => {},
      }
      const opened = await Promise.all(
        [1, 2, 3, 4].map(() => openDatabase({ databaseUrl, dataDir: '/nonexistent', log })),
      )
      expect(applied).toHaveLength(1)
      for (const database of opened) await database.close()
    } finally {
      await server.stop()
    }
  })
})

describe('the migrations of this repository', () => {
  it('lead exactly to the schema', async () => {
    expect(await findDrift(schemaFile)).toBeNull()
  })

  it('are told apart from a schema that went on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'schema-'))
    try {
      const changed = (await readFile(schemaFile, 'utf8')).replace('model Photo {', 'model Photo {\n  note String?')
      await writeFile(join(folder, 'schema.prisma'), changed)
      expect(await findDrift(join(folder, 'schema.prisma'))).toContain('ADD COLUMN     "note" TEXT')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

function onPglite(pglite: PGlite): Target {
  const adapter = withWholeScripts(new PrismaPGlite(pglite), (script) => pglite.exec(script))
  return {
    migrate: (folder) => migrate(adapter, folder),
    rows: async (sql) => (await pglite.query<Record<string, unknown>>(sql)).rows,
    close: () => pglite.close(),
  }
}

async function onPostgres(url: string): Promise<Target> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  const adapter = withWholeScripts(new PrismaPg(pool), (script) => pool.query(script))
  return {
    migrate: (folder) => migrate(adapter, folder),
    rows: async (sql) => (await pool.query<Record<string, unknown>>(sql)).rows,
    close: () => pool.end(),
  }
}
