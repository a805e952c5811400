/**
 * A node of its own, to be killed: opens the database it is told, takes jobs and never finishes one. Says on stdout
 * what it does, a JSON line each.
 *   tsx worker-program.ts '{"dataDir": "...", "databaseUrl": "..."}' [generation id to enqueue a job for]
 */
import { openDatabase } from '../../src/database/open-database.ts'
import { createJobs } from '../../src/jobs/create-jobs.ts'

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const log = { info: () => {}, warn: () => {}, error: () => {} }

const [where = '{}', workId] = process.argv.slice(2)
const database = await openDatabase(JSON.parse(where) as { dataDir: string; databaseUrl?: string })
const jobs = await createJobs({ connection: database.jobsConnection, log })
if (workId !== undefined) {
  await database.prisma.$transaction((tx) =>
    jobs.enqueue(tx, { workId, version: 1, lane: 'quick', priority: 'normal' }),
  )
}
await jobs.work('quick', { concurrency: 1 }, async (job) => {
  say({ started: job.workId })
  await new Promise(() => {})
})
say({ ready: true })
