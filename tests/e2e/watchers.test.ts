/** Two servers on one PostgreSQL: whoever watches, wherever, sees every event of the one log once and in order. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import { type EventJson, generate, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { openEventStream } from '../support/event-stream-client.ts'
import { postgresForTests } from '../support/postgres-server.ts'
import { eventually, makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

const fields = { fresh: true, script: 'Everybody hears the same, wherever they listen from.', quality: 'economy' }

let postgres: Awaited<ReturnType<typeof postgresForTests>>
let data: Awaited<ReturnType<typeof makeDataDir>>
let databaseUrl: string
let nodes: TestServer[]

beforeAll(async () => {
  postgres = await postgresForTests()
  databaseUrl = await postgres.createDatabase()
  data = await makeDataDir()
  nodes = [
    await runServer(data.path, { DATABASE_URL: databaseUrl }),
    await runServer(data.path, { DATABASE_URL: databaseUrl, ROLES: 'web' }),
  ]
}, 120_000)
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  await data.remove()
  await postgres.stop()
})

const urlOf = (index: number) => nodes[index % nodes.length]!.url
const eventsPath = (index: number, id: string) => `${urlOf(index)}/api/v1/video/${id}/events`
const isGapless = (events: readonly { seq: number }[]) => events.every(({ seq }, index) => seq === index + 1)

async function page(index: number, id: string): Promise<readonly EventJson[]> {
  const response = await fetch(`${eventsPath(index, id)}?limit=500`)
  return ((await response.json()) as { items: EventJson[] }).items
}

async function stream(index: number, id: string) {
  const client = await openEventStream(eventsPath(index, id))
  await client.ended
  return client.events
}

/** Follows to the end over ever new streams, each at the other node than the one before, and each left after a few events. */
async function hop(id: string) {
  const seen: { seq: number }[] = []
  let streams = 0
  for (;;) {
    const client = await openEventStream(eventsPath(streams, id), { lastEventId: seen.at(-1)?.seq ?? 0 })
    if (client.response.status === 204) return { seen, streams }
    streams += 1
    const left = client.ended.then(() => true)
    const enough = eventually(
      async () => client.events.length,
      (length) => length >= 3,
    )
    await Promise.race([left, enough])
    client.close()
    await left
    seen.push(...client.events)
  }
}

describe('watchers of two servers', () => {
  it('see by socket, by stream and by pages the same log, each event once and in order', async () => {
    const { id } = await generate(urlOf(1), demoPortrait, fields)
    const views = await Promise.all([0, 1].flatMap((index) => [watch(urlOf(index), id), stream(index, id)]))
    const log = await page(0, id)
    expect(log.length).toBeGreaterThan(5)
    expect(isGapless(log)).toBe(true)
    expect(log.at(-1)).toMatchObject({ type: 'completed', progress: 100 })
    for (const view of [...views, await page(1, id)]) expect(view).toEqual(log)
  }, 120_000)

  it('lose and repeat nothing when they come back to the other server', async () => {
    const { id } = await generate(urlOf(0), demoPortrait, fields)
    const { seen, streams } = await hop(id)
    expect(streams).toBeGreaterThan(3)
    expect(seen).toEqual(await page(1, id))
    expect(isGapless(seen)).toBe(true)
  }, 120_000)

  it('lose and repeat nothing when the notices are cut between database and servers', async () => {
    const { id } = await generate(urlOf(1), demoPortrait, fields)
    const views = [0, 1].flatMap((index) => [watch(urlOf(index), id), stream(index, id)])
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    let cuts = 0
    const cutting = eventually(
      async () => {
        const { rowCount } = await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'talking-photo events'`,
        )
        cuts += rowCount ?? 0
        return (await page(0, id)).at(-1)?.type
      },
      (type) => type === 'completed',
    )
    const seen = await Promise.all(views)
    await cutting
    await client.end()
    expect(cuts).toBeGreaterThan(3)
    const log = await page(0, id)
    expect(isGapless(log)).toBe(true)
    for (const view of seen) expect(view).toEqual(log)
  }, 120_000)
})
