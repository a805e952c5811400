/**
 * A hundred users post at once, each a photo and a script of their own. Whoever is let in gets a video, whoever is not gets a
 * 503 with Retry-After and nothing else happens to them; meanwhile the web answers: its p99 against that of the idle server.
 */
import { readFile } from 'node:fs/promises'
import { getGeneration, postGeneration, watch } from '../tests/support/api-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { makeDataDir, runServer } from '../tests/support/run-server.ts'
import { hold, median, percentile } from './measure.ts'

const users = 100
const bound = 5

async function probe(url: string, goOn: (count: number) => boolean): Promise<number[]> {
  const latencies: number[] = []
  for (let count = 0; goOn(count); count++) {
    const startedMs = performance.now()
    const response = await fetch(url + (count % 2 === 0 ? '/health/live' : '/api/v1/video?limit=20'))
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`the web answered ${response.status}`)
    latencies.push(performance.now() - startedMs)
    await new Promise((next) => setTimeout(next, 5))
  }
  return latencies
}

const data = await makeDataDir()
const server = await runServer(data.path)
const photo = await readFile(demoPortrait)
try {
  const first = await postGeneration(server.url, photo, { script: 'Warm up.', quality: 'economy' })
  await watch(server.url, ((await first.json()) as { id: string }).id)
  await probe(server.url, (count) => count < 200)
  const idle = await probe(server.url, (count) => count < 600)

  let working = true
  const probing = probe(server.url, () => working)
  const startedMs = performance.now()
  const answers = await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      const response = await postGeneration(server.url, photo, { script: `I am user ${user}.`, quality: 'economy' })
      return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
    }),
  )
  const postedSeconds = (performance.now() - startedMs) / 1000
  const accepted = answers
    .filter(({ status }) => status === 202)
    .map(({ body }) => body as { id: string; queue: unknown })
  const refused = answers.filter(({ status }) => status === 503)
  const ends = await Promise.all(accepted.map(async ({ id }) => (await watch(server.url, id)).at(-1)?.type))
  const doneSeconds = (performance.now() - startedMs) / 1000
  working = false
  const busy = await probing

  const lost = ends.filter((type) => type !== 'completed').length
  console.log(
    `${users} users: ${accepted.length} accepted, ${refused.length} told to come back, all answered in ${postedSeconds.toFixed(1)} s`,
  )
  console.log(
    `${accepted.length - lost} videos done in ${doneSeconds.toFixed(1)} s, ${(doneSeconds / accepted.length).toFixed(2)} s each`,
  )
  hold('other answers', users - accepted.length - refused.length, 0)
  hold('refusals without Retry-After', refused.filter(({ retryAfter }) => !(Number(retryAfter) > 0)).length, 0)
  hold('accepted but lost', lost, 0)
  const last = await getGeneration(server.url, accepted.at(-1)?.id ?? '')
  console.log(
    `the last one waited as told: ${JSON.stringify(accepted.at(-1)?.queue)}, really ${JSON.stringify(last.timings)}`,
  )
  console.log(
    `web: idle p50 ${median(idle).toFixed(1)} p99 ${percentile(idle, 0.99).toFixed(1)} ms; under load p50 ${median(busy).toFixed(1)} p99 ${percentile(busy, 0.99).toFixed(1)} ms (${busy.length} requests)`,
  )
  hold('web p99 under load / idle', percentile(busy, 0.99) / percentile(idle, 0.99), bound, ' x')
} finally {
  await server.stop()
  await data.remove()
}
