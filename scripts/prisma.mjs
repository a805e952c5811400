// Runs the Prisma CLI, also where its native schema engine cannot be downloaded: `generate`, `validate` and `format` do
// not use that engine but refuse to run without one. Migrations never go through here (src/database/migrate.ts does them).
//   node scripts/prisma.mjs generate [--force] | validate | format
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const schema = join(root, 'prisma', 'schema.prisma')
const output = join(root, 'src', 'database', 'generated', 'client.ts')
const engineless = ['generate', 'validate', 'format']

const [command, ...rest] = process.argv.slice(2)
if (!command || !engineless.includes(command)) {
  console.error(`usage: node scripts/prisma.mjs ${engineless.join(' | ')}`)
  process.exit(2)
}
const args = rest.filter((argument) => argument !== '--force')

const require = createRequire(import.meta.url)
const cli = require.resolve('prisma-cli/build/index.js')

const isFresh = () => {
  if (!existsSync(output)) return false
  const made = statSync(output).mtimeMs
  return [schema, require.resolve('prisma-cli/package.json')].every((source) => statSync(source).mtimeMs <= made)
}
if (command === 'generate' && !rest.includes('--force') && isFresh()) process.exit(0)

const engines = dirname(require.resolve('@prisma/engines/package.json', { paths: [cli] }))
const hasEngine = readdirSync(engines).some((name) => /^schema-engine-.*[^z]$/.test(name))

const env = { ...process.env, CHECKPOINT_DISABLE: '1' }
// `false`, not `true`: with an engine that pretends success a migration command would do nothing and say it did.
if (!hasEngine && !env.PRISMA_SCHEMA_ENGINE_BINARY) env.PRISMA_SCHEMA_ENGINE_BINARY = '/bin/false'

const result = spawnSync(process.execPath, [cli, command, '--schema', schema, ...args], {
  cwd: root,
  env,
  stdio: 'inherit',
})
process.exit(result.status ?? 1)
