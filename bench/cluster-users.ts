/**
 * A thousand users before three servers and nginx, each with a request about every 20 s (10 to 30): status, list, a part of
 * a film, and now and then a new one. For 300 s (SECONDS) there is no answer but the one asked for or 429 / 503 with
 * Retry-After; the status's p99 stays within 100 ms, told beside that of the idle cluster; no server grows by more than 256 MB.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { watch } from '../tests/support/api-client.ts'
import { startCluster } from '../tests/support/cluster.ts'
import { type Asked, ask, begin, formOf, keepPhoto, type RawAnswer } from '../tests/support/cluster-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { residentKilobytes } from '../tests/support/run-server.ts'
import { hold, percentile } from './measure.ts'
import { recordAs } from './record.ts'

const users = 1000
const seconds = Number(process.env.SECONDS ?? 300)
const meanThinkMs = 20_000
const thinkMs = () => meanThinkMs * (0.5 + Math.random())
const model = 'veo3/veo3-talking'

interface Order {
  readonly url: string
  readonly photoId: string
  readonly ids: readonly string[]
}

interface Report {
  readonly idleMs: readonly number[]
  readonly took: Readonly<Record<string, readonly number[]>>
  /** Answers by kind and status. */
  readonly answers: Readonly<Record<string, number>>
  readonly wrong: readonly string[]
}

/** The users, in a process of their own. */
async function use({ url, photoId, ids }: Order): Promise<Report> {
  const agent = new Agent({ keepAlive: true, maxSockets: users, scheduling: 'lifo' })
  const photo = await readFile(demoPortrait)
  const api = `${url}/api/v1/video`
  const known = [...ids]
  let made = 0
  const some = () => known[Math.floor(Math.random() * known.length)]!
  const json = { 'Content-Type': 'application/json' }
  const post = (asked: Asked) => ask(`${api}/generate`, { method: 'POST', agent, ...asked })
  const script = () => `This is the ${++made}. film of a busy day.`
  const kinds: readonly (readonly [name: string, upTo: number, request: () => Promise<RawAnswer>])[] = [
    ['status', 0.5, () => ask(`${api}/${some()}`, { agent })],
    ['list', 0.7, () => ask(`${api}?limit=20`, { agent })],
    [
      'content',
      0.99,
      () => ask(`${api}/${ids[made % ids.length]}/content`, { agent, headers: { Range: 'bytes=0-65535' } }),
    ],
    ['upload', 0.995, async () => post(await formOf(photo, { script: script(), model }))],
    [
      'generate',
      1,
      () =>
        post({ headers: json, body: JSON.stringify({ photo_id: photoId, consent: true, script: script(), model }) }),
    ],
  ]
  const idleMs: number[] = []
  for (let nth = 0; nth < 500; nth += 1) {
    const fromMs = performance.now()
    await ask(`${api}/${some()}`, { agent })
    idleMs.push(performance.now() - fromMs)
  }
  const took: Record<string, number[]> = {}
  const answers: Record<string, number> = {}
  const wrong: string[] = []
  const untilMs = performance.now() + seconds * 1000
  const live = async () => {
    // All within one round of thinking: they do not begin at the same moment, and nobody measures how they would.
    await pause(Math.random() * 2 * meanThinkMs)
    while (performance.now() < untilMs) {
      const dice = Math.random()
      const [name, , request] = kinds.find(([, upTo]) => dice < upTo) ?? kinds[0]!
      const fromMs = performance.now()
      const answer = await request().catch((error: Error) => error)
      const kept = took[name] ?? []
      took[name] = kept
      kept.push(performance.now() - fromMs)
      const said = answer instanceof Error ? answer.message : String(answer.status)
      answers[`${name} ${said}`] = (answers[`${name} ${said}`] ?? 0) + 1
      const isPolite = !(answer instanceof Error) && [429, 503].includes(answer.status) && answer.headers['retry-after']
      if (!(answer instanceof Error) && answer.status === 202) {
        known.push((JSON.parse(answer.body.toString()) as { id: string }).id)
      } else if (answer instanceof Error || (answer.status >= 300 && !isPolite)) {
        wrong.push(`${name} ${said} ${answer instanceof Error ? '' : answer.body.toString().slice(0, 200)}`)
      }
      await pause(thinkMs())
    }
  }
  await Promise.all(Array.from({ length: users }, live))
  agent.destroy()
  return { idleMs, took, answers, wrong }
}

async function main(): Promise<void> {
  recordAs('cluster-users')
  const environment = { LOCAL_RENDERER: 'false', MAX_CONNECTIONS: '4000' }
  const cluster = await startCluster({ environment, jobMs: 3_000 })
  let client: ChildProcess | undefined
  try {
    const front = await cluster.openFront()
    const photoId = await keepPhoto(front.url)
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => begin(front.url, photoId, { model, script: `Film ${nth} of before.` })),
    )
    await Promise.all(ids.map((id) => watch(front.url, id)))
    const resident = () => cluster.nodes.map((node) => residentKilobytes(node.process().pid) / 1024)
    const before = resident()
    const most = [...before]
    const looking = setInterval(() => {
      for (const [index, megabytes] of resident().entries()) most[index] = Math.max(most[index]!, megabytes)
    }, 2_000)
    const order = { url: front.url, photoId, ids } satisfies Order
    client = fork(fileURLToPath(import.meta.url), [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] })
    const [{ idleMs, took, answers, wrong }] = (await once(client, 'message')) as [Report]
    clearInterval(looking)
    for (const [name, ms] of Object.entries(took)) {
      const told = [0.5, 0.99, 1].map((share) => `p${share * 100} ${percentile(ms, share).toFixed(1)}`).join(' ')
      console.log(`${name}: ${ms.length} requests, ${told} ms`)
    }
    console.log(JSON.stringify(answers))
    for (const each of wrong.slice(0, 5)) console.log(each)
    console.log(`resident before ${before.map(Math.round)} MB, most ${most.map(Math.round)} MB`)
    const total = Object.values(took).reduce((sum, { length }) => sum + length, 0)
    console.log(`${users} users, ${seconds} s, ${total} requests, ${(total / seconds).toFixed(0)} a second`)
    const [idle, busy] = [percentile(idleMs, 0.99), percentile(took.status ?? [], 0.99)]
    console.log(
      `status p99: idle ${idle.toFixed(1)} ms, of a thousand users ${busy.toFixed(1)} ms: ${(busy / idle).toFixed(1)} x`,
    )
    hold('wrong answers', wrong.length, 0)
    hold('status p99', busy, 100, ' ms')
    hold('growth of a server', Math.max(...most.map((megabytes, index) => megabytes - before[index]!)), 256, ' MB')
  } finally {
    client?.kill()
    await cluster.close()
  }
}

const order = process.argv[2]
if (order === undefined) await main()
else {
  const report = await use(JSON.parse(order) as Order)
  process.send?.(report, () => process.exit(0))
}
