// One PostgreSQL for the whole run: `jest --globalSetup=... --globalTeardown=...` (jest loads these two as plain
// JavaScript modules, hence tsx). Without it every test file that needs a server starts its own.
import { tsImport } from 'tsx/esm/api'

export default async function globalSetup() {
  if (process.env.TEST_POSTGRES_URL) return
  const { startPostgres } = await tsImport('./postgres-server.ts', import.meta.url)
  globalThis.testPostgres = await startPostgres()
  process.env.TEST_POSTGRES_URL = globalThis.testPostgres.url
}
