import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm'
import { openSchemaEngine } from './schema-engine.ts'

/** prisma/migrations, from src/database as from dist/database. */
export const migrationsFolder = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))

const noFilters = { externalTables: [], externalEnums: [] }

/**
 * Brings the database to the newest migration and answers the names it applied (none when it was there already).
 * Safe with several processes at once: the engine takes an advisory lock for as long as the session lasts, so the
 * adapter must sit on one connection that is closed soon after. It waits 10 s for the lock.
 * @throws Error when a migration fails, failed before, or was edited after it was applied.
 */
export async function migrate(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  folder = migrationsFolder,
): Promise<readonly string[]> {
  const migrationsList = await readMigrations(folder)
  const engine = await openSchemaEngine(adapter)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: noFilters })
    const diagnosis = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: noFilters,
    })
    if (diagnosis.editedMigrationNames.length > 0) {
      throw new Error(`Migrations were edited after they were applied: ${diagnosis.editedMigrationNames.join(', ')}`)
    }
    return appliedMigrationNames
  } catch (error) {
    throw explain(error)
  } finally {
    engine.free()
  }
}

/**
 * The SQL that leads from the database's present shape to the schema file; null when there is no difference.
 * CHECK constraints are outside of what the engine compares.
 */
export async function diffToSchema(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  schemaFile: string,
): Promise<string | null> {
  const files = [{ path: schemaFile, content: await readFile(schemaFile, 'utf8') }]
  const engine = await openSchemaEngine(adapter)
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir: '' },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: noFilters,
    })
    return exitCode === 0 ? null : (stdout ?? '')
  } finally {
    engine.free()
  }
}

async function readMigrations(folder: string): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const migrationDirectories = await Promise.all(
    names.sort().map(async (path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok' as const, value: await readFile(join(folder, path, 'migration.sql'), 'utf8') },
      },
    })),
  )
  const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8').catch(() => null)
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories,
  }
}

/** The engine reports user errors as JSON with a message; a Rust trace is the last resort. */
function explain(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  return new Error(`The database could not be migrated: ${message}`, { cause: error })
}
