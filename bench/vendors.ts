/**
 * A server before simulated vendors, with the numbers of the guide: how many calls a dead vendor sees, how soon it is found
 * well again, how close slots come to the ideal, and whether they are ever exceeded by three processes.
 *
 *   npx tsx bench/vendors.ts [dead] [slots] [same] [three]      all of them without a name
 */
import { readFile } from 'node:fs/promises'
import { currentFfmpeg } from '../tests/support/current-ffmpeg.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { postgresForTests } from '../tests/support/postgres-server.ts'
import { makeDataDir, runServer, type TestServer } from '../tests/support/run-server.ts'
import { openSandbox, type Sandbox, takenBy } from '../tests/support/sandbox.ts'
import { hold, run } from './measure.ts'

const FFMPEG_PATH = await currentFfmpeg()
const photo = await readFile(demoPortrait)
const wanted = new Set(process.argv.slice(2))
const isWanted = (name: string) => wanted.size === 0 || wanted.has(name)

/** Patient enough for a queue of 500. */
const common = {
  FFMPEG_PATH,
  LOCAL_RENDERER: 'false',
  STEP_CONCURRENCY: '24',
  LOG_LEVEL: 'info',
  ALERT_WINDOW_SECONDS: '',
}

async function keepPhoto({ url }: TestServer): Promise<string> {
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(photo)]), 'photo.jpg')
  const response = await fetch(`${url}/api/v1/photos`, { method: 'POST', body: form })
  return ((await response.json()) as { id: string }).id
}

async function post({ url }: TestServer, photoId: string, script: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/video/generate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ photo_id: photoId, script, consent: true, timeout: 3600 }),
  })
  const body = (await response.json()) as { id?: string }
  if (!body.id) throw new Error(`${response.status} ${JSON.stringify(body)}`)
  return body.id
}

async function countOf(server: TestServer, status: string): Promise<number> {
  let count = 0
  let cursor = ''
  do {
    const page = (await (await fetch(`${server.url}/api/v1/video?status=${status}&limit=100${cursor}`)).json()) as {
      items: unknown[]
      next_cursor: string | null
    }
    count += page.items.length
    cursor = page.next_cursor ? `&cursor=${encodeURIComponent(page.next_cursor)}` : ''
  } while (cursor)
  return count
}

async function untilDone(server: TestServer, total: number): Promise<{ completed: number; failed: number }> {
  for (;;) {
    const [completed, failed] = [await countOf(server, 'completed'), await countOf(server, 'failed')]
    if (completed + failed >= total) return { completed, failed }
    await new Promise((again) => setTimeout(again, 500))
  }
}

async function withServer(
  sandbox: Sandbox,
  environment: NodeJS.ProcessEnv,
  use: (server: TestServer) => Promise<void>,
) {
  const data = await makeDataDir()
  const server = await runServer(data.path, { ...sandbox.environment, ...common, ...environment })
  try {
    await use(server)
  } finally {
    await server.stop()
    await data.remove()
  }
}

/** 500 requests while the first vendor is down: each is made by the second, and the first is hardly asked. */
async function dead(): Promise<void> {
  const sandbox = await openSandbox({ jobMs: 200 })
  const openSeconds = 30
  const environment = { VEO3_BACKUP_MAX_CONCURRENT_REQUESTS: '200' }
  await withServer(sandbox, environment, async (server) => {
    const photoId = await keepPhoto(server)
    sandbox.first.control.setFault('http:503')
    const startedMs = performance.now()
    await run(500, 16, (n) => post(server, photoId, `The first is down, number ${n}.`))
    const { completed } = await untilDone(server, 500)
    const seconds = (performance.now() - startedMs) / 1000
    const asked = sandbox.first.control.state().counts['POST /video/generate'] ?? 0
    console.log(`500 requests before a dead vendor: ${completed} made by the second in ${seconds.toFixed(1)} s`)
    hold('requests lost', 500 - completed, 0)
    hold('calls that reached the dead vendor', asked, 15)

    const breaker = (await (await fetch(`${server.url}/health`)).json()) as {
      providers: Record<string, { breaker: { opens_until?: string | null; until?: string | null } | null }>
    }
    console.log(`its breaker: ${JSON.stringify(breaker.providers.veo3?.breaker)}`)
    sandbox.first.control.clearFaults()
    const healedMs = performance.now()
    let n = 0
    while (takenBy(sandbox.first).jobs === 0) {
      n += 1
      await post(server, photoId, `Is it well again, number ${n}?`)
      await new Promise((again) => setTimeout(again, 500))
    }
    const recovered = (performance.now() - healedMs) / 1000
    // Each probe that failed doubled the interval; it is never longer than the outage was.
    const interval = openSeconds * 2 ** Math.ceil(Math.log2(Math.max(1, seconds / openSeconds)))
    hold('seconds until it was found well again / probe interval', recovered / interval, 1)
  })
  await sandbox.close()
}

/** 500 jobs of 5 s through 10 slots: how close to the time that the vendor alone would take. */
async function slots(): Promise<void> {
  const jobSeconds = 5
  const pollSeconds = 5
  const sandbox = await openSandbox({ jobMs: jobSeconds * 1000 })
  await withServer(sandbox, { VEO3_BACKUP_API_KEY: '', VEO3_BACKUP_API_BASE_URL: '' }, async (server) => {
    const photoId = await keepPhoto(server)
    const watching = watchPeak(sandbox)
    const startedMs = performance.now()
    await run(500, 16, (n) => post(server, photoId, `Through ten slots, number ${n}.`))
    const { completed } = await untilDone(server, 500)
    const seconds = (performance.now() - startedMs) / 1000
    const ideal = (500 / 10) * (jobSeconds + pollSeconds)
    console.log(
      `500 jobs of ${jobSeconds} s in 10 slots: ${completed} done in ${seconds.toFixed(0)} s, ideal ${ideal} s`,
    )
    hold('generations lost', 500 - completed, 0)
    hold('time / ideal (job + poll interval)', seconds / ideal, 1.25, ' x')
    hold('most jobs at once at the vendor', watching.stop(), 10)
  })
  await sandbox.close()
}

/** 200 equal requests at once are one submission. */
async function same(): Promise<void> {
  const sandbox = await openSandbox({ jobMs: 1000 })
  await withServer(sandbox, {}, async (server) => {
    const photoId = await keepPhoto(server)
    await Promise.all(Array.from({ length: 200 }, () => post(server, photoId, 'All of us want the same.')))
    await untilDone(server, 200)
    hold('submissions of 200 equal requests', takenBy(sandbox.first).jobs, 1)
  })
  await sandbox.close()
}

/** Three processes on one PostgreSQL never have more calls under way than there are slots. */
async function three(): Promise<void> {
  const sandbox = await openSandbox({ jobMs: 700 })
  const postgres = await postgresForTests()
  const DATABASE_URL = await postgres.createDatabase()
  const data = await makeDataDir()
  const servers: TestServer[] = []
  try {
    for (let n = 0; n < 3; n += 1) {
      servers.push(
        await runServer(data.path, {
          ...sandbox.environment,
          ...common,
          DATABASE_URL,
          STEP_CONCURRENCY: '8',
          VEO3_MAX_CONCURRENT_REQUESTS: '5',
          VEO3_BACKUP_API_KEY: '',
          VEO3_BACKUP_API_BASE_URL: '',
        }),
      )
    }
    const photoId = await keepPhoto(servers[0]!)
    const watching = watchPeak(sandbox)
    await run(90, 6, (n) => post(servers[n % 3]!, photoId, `One of three processes, number ${n}.`))
    const { completed } = await untilDone(servers[0]!, 90)
    hold('generations lost', 90 - completed, 0)
    hold('most jobs at once, three processes with 5 slots', watching.stop(), 5)
  } finally {
    for (const server of servers) await server.stop()
    await data.remove()
    await sandbox.close()
    await postgres.stop()
  }
}

/** Looks every 20 ms how many jobs the vendor has under way. */
function watchPeak({ first }: Sandbox): { stop(): number } {
  let most = 0
  const timer = setInterval(() => {
    const running = first.control.state().jobs.filter(({ status }) => status === 'queued' || status === 'processing')
    most = Math.max(most, running.length)
  }, 20)
  return {
    stop() {
      clearInterval(timer)
      return most
    },
  }
}

for (const [name, bench] of Object.entries({ dead, same, three, slots })) {
  if (isWanted(name)) await bench()
}
