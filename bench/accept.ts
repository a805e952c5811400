/**
 * What it costs to be let in. Accepting a photo and a script (upload, decode, face check, rows, job) against decode and face
 * check alone, both at the same concurrency in alternating rounds: bound 1.5. One client alone: bound 250 ms. The answer to a
 * request that was made before, from the uploaded photo's last byte hashed to the reply, as the server tells it in
 * Server-Timing: bound 10 ms at p99 on PostgreSQL; the embedded database, which shares the server's one thread, is told beside it.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createPreparePhoto } from '../src/media/photo-intake.ts'
import { createAnalysisProcess } from '../src/renderer/analysis-process.ts'
import { generate, watch } from '../tests/support/api-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { postgresForTests } from '../tests/support/postgres-server.ts'
import { makeDataDir, runServer } from '../tests/support/run-server.ts'
import { hold, median, percentile, run } from './measure.ts'

const concurrency = 8
const perRound = 32
const rounds = 5

let scripts = 0
const newScript = () => `Sentence number ${++scripts} is like no other.`

async function openFloor() {
  const prepare = createPreparePhoto({ maxPixels: 50_000_000, maxSide: 2560 })
  const analysis = createAnalysisProcess({
    entry: pathToFileURL(resolve('dist/renderer/analysis-child.js')),
    modelDir: resolve('assets/face'),
    maxQueue: 64,
    timeoutMs: 30_000,
  })
  await analysis.warm()
  return {
    async check() {
      const directory = await mkdtemp(join(tmpdir(), 'bench-accept-'))
      try {
        const { file } = await prepare(demoPortrait, directory)
        await analysis.checkPhoto(file)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
    close: () => analysis.close(),
  }
}

async function accepting(): Promise<void> {
  const postgres = await postgresForTests()
  const data = await makeDataDir()
  // Nobody renders: only the way in is measured.
  const server = await runServer(data.path, { DATABASE_URL: await postgres.createDatabase(), ROLES: 'web' })
  const floor = await openFloor()
  const photo = await readFile(demoPortrait)
  const post = () => generate(server.url, photo, { script: newScript(), quality: 'economy', timeout: 3600 })
  try {
    for (let warm = 0; warm < 8; warm++) await Promise.all([post(), floor.check()])
    const ratios: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const alone = await run(perRound, concurrency, floor.check)
      const whole = await run(perRound, concurrency, post)
      ratios.push(whole.totalMs / alone.totalMs)
      console.log(
        `round ${round}: decode + face check ${(alone.totalMs / perRound).toFixed(0)} ms each, accepted ${(whole.totalMs / perRound).toFixed(0)} ms each, ratio ${ratios.at(-1)?.toFixed(2)}`,
      )
    }
    hold(`accept path / decode + face check, ${concurrency} at a time`, median(ratios), 1.5, ' x')
    const { eachMs } = await run(30, 1, post)
    hold('accept path, one client, median', median(eachMs), 250, ' ms')
  } finally {
    await floor.close()
    await server.stop()
    await postgres.stop()
    await data.remove()
  }
}

/** Posts the same form over one connection, its bytes made once: a client that works hard would be measured with the server. */
async function openLightClient(url: string, photo: Buffer, fields: Readonly<Record<string, string>>) {
  const form = new FormData()
  for (const [name, value] of Object.entries({ consent: 'true', ...fields })) form.set(name, value)
  form.set('photo', new Blob([new Uint8Array(photo)]), 'photo.jpg')
  const made = new Response(form)
  const body = Buffer.from(await made.arrayBuffer())
  const headers = { 'Content-Type': made.headers.get('content-type') ?? '', 'Content-Length': body.length }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return () =>
    new Promise<{ readonly status: number; readonly timing: string }>((resolve, reject) => {
      const sent = request(`${url}/api/v1/video/generate`, { method: 'POST', agent, headers }, (response) => {
        response.resume()
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, timing: String(response.headers['server-timing']) }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    })
}

/** The p99 of a thousand answers from the cache, ms. */
async function cached(database: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const data = await makeDataDir()
  const server = await runServer(data.path, environment)
  const photo = await readFile(demoPortrait)
  const fields = { script: 'Said before.', quality: 'economy' }
  try {
    const { id } = await generate(server.url, photo, fields)
    await watch(server.url, id)
    const toldMs: number[] = []
    const post = await openLightClient(server.url, photo, fields)
    const { eachMs } = await run(1000, 1, async () => {
      const { status, timing } = await post()
      if (status !== 200) throw new Error(`answered ${status}, not from the cache`)
      toldMs.push(Number(/accept;dur=([\d.]+)/.exec(timing)?.[1]))
    })
    console.log(
      `${database}: cached answer, whole request: p50 ${median(eachMs).toFixed(1)} p99 ${percentile(eachMs, 0.99).toFixed(1)} ms`,
    )
    const p99 = percentile(toldMs.slice(50), 0.99)
    console.log(
      `${database}: cached answer, hashed to reply: p50 ${median(toldMs.slice(50)).toFixed(1)} p99 ${p99.toFixed(1)} ms`,
    )
    return p99
  } finally {
    await server.stop()
    await data.remove()
  }
}

await accepting()
await cached('embedded', {})
const postgres = await postgresForTests()
try {
  const p99 = await cached('PostgreSQL', { DATABASE_URL: await postgres.createDatabase() })
  hold('cached answer, hashed to reply, p99', p99, 10, ' ms')
} finally {
  await postgres.stop()
}
