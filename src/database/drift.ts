import { PGlite } from '@electric-sql/pglite'
import { PrismaPGlite } from 'pglite-prisma-adapter'
import { diffToSchema, migrate, migrationsFolder } from './migrate.ts'
import { startParams } from './open-embedded.ts'
import { withWholeScripts } from './whole-scripts.ts'

/**
 * Runs every migration on a fresh in-memory database and compares the outcome with the schema file.
 * @returns the SQL that is missing from the migrations, or null when they lead exactly to the schema
 */
export async function findDrift(schemaFile: string, folder = migrationsFolder): Promise<string | null> {
  const pglite = await PGlite.create({ dataDir: 'memory://', startParams })
  try {
    const adapter = withWholeScripts(new PrismaPGlite(pglite), (script) => pglite.exec(script))
    await migrate(adapter, folder)
    return await diffToSchema(adapter, schemaFile)
  } finally {
    await pglite.close()
  }
}
