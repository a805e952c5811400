import { openDatabase } from '../../src/database/open-database.ts'
import { openEmbeddedDatabase } from '../support/embedded-database.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { describeJobs } from './jobs.ts'

describeJobs('embedded', async () => {
  const { database, dispose } = await openEmbeddedDatabase()
  return { database, close: dispose }
})

describeJobs('PostgreSQL', async () => {
  const server = await postgresForTests()
  const database = await openDatabase({ databaseUrl: await server.createDatabase(), dataDir: '/nonexistent' })
  return {
    database,
    async close() {
      await database.close()
      await server.stop()
    },
  }
})
