/**
 * Writes the migration that leads from prisma/migrations to prisma/schema.prisma, with no server and no download:
 *   npx tsx scripts/new-migration.ts <name>
 * Add CHECK constraints to it by hand: the schema language cannot say them. `--check` writes nothing and fails on drift.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findDrift } from '../src/database/drift.ts'
import { migrationsFolder } from '../src/database/migrate.ts'

const schemaFile = fileURLToPath(new URL('../prisma/schema.prisma', import.meta.url))
const [name] = process.argv.slice(2)
if (!name || (name !== '--check' && !/^[a-z0-9_]+$/.test(name))) {
  console.error('usage: npx tsx scripts/new-migration.ts <name_in_snake_case> | --check')
  process.exit(2)
}
await mkdir(migrationsFolder, { recursive: true })
const sql = await findDrift(schemaFile)
if (name === '--check') {
  if (sql === null) process.exit(0)
  console.error(`prisma/schema.prisma and prisma/migrations differ:\n${sql}`)
  process.exit(1)
}
if (sql === null) {
  console.log('Nothing to migrate: the migrations already lead to the schema.')
  process.exit(0)
}
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
const folder = join(migrationsFolder, `${stamp}_${name}`)
await mkdir(folder)
await writeFile(join(folder, 'migration.sql'), sql)
await writeFile(join(migrationsFolder, 'migration_lock.toml'), 'provider = "postgresql"\n')
console.log(`Written: ${join(folder, 'migration.sql')}`)
