/**
 * Three servers behind nginx. 200 equal requests at once are one submission. A thousand sockets, then five thousand, watch
 * one generation: each sees every event in order; from the event's own time, taken before its commit, to its receipt it takes at
 * most 100 ms at p99 (of a thousand, while a vendor makes the film; of five thousand, and of a render on the same cores, it is told).
 *
 *   npx tsx bench/cluster.ts [same] [watch]      both without a name
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { fileURLToPath } from 'node:url'
import { watch } from '../tests/support/api-client.ts'
import { startCluster } from '../tests/support/cluster.ts'
import { ask, begin, formOf, keepPhoto } from '../tests/support/cluster-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { takenBy } from '../tests/support/sandbox.ts'
import type { WatchOrder, WatchReport } from './cluster-watchers.ts'
import { hold, percentile } from './measure.ts'
import { recordAs } from './record.ts'

const wanted = new Set(process.argv.slice(2))
const isWanted = (name: string) => wanted.size === 0 || wanted.has(name)

async function same(): Promise<void> {
  const cluster = await startCluster({ environment: { LOCAL_RENDERER: 'false' }, jobMs: 1000 })
  try {
    const front = await cluster.openFront()
    const form = await formOf(await readFile(demoPortrait), { script: 'All of us want the same.' })
    const agent = new Agent({ keepAlive: true, maxSockets: 200 })
    const startedMs = performance.now()
    const post = () => ask(`${front.url}/api/v1/video/generate`, { method: 'POST', agent, ...form })
    const answers = await Promise.all(Array.from({ length: 200 }, post))
    console.log(`200 equal requests answered in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    const others = answers.filter(({ status }) => status !== 202 && status !== 200)
    for (const { status, body } of others.slice(0, 3)) console.log(`  ${status} ${body.toString().slice(0, 300)}`)
    const ids = answers
      .filter(({ status }) => status === 202 || status === 200)
      .map(({ body }) => (JSON.parse(body.toString()) as { id: string }).id)
    const ends = await Promise.all(ids.map(async (id) => (await watch(front.url, id)).at(-1)?.type))
    agent.destroy()
    hold('equal requests not made', 200 - ends.filter((type) => type === 'completed').length, 0)
    hold('submissions of 200 equal requests on three nodes', takenBy(cluster.vendors.simulators.veo3).jobs, 1)
  } finally {
    await cluster.close()
  }
}

/** Processes of clients: one would be the bottleneck that is measured. */
const watchers = 2

/** Who makes what is watched: a vendor, so that the servers have nothing else to do, or our renderer on the cores they share. */
type Maker = 'vendor' | 'renderer'

/** For the sockets to be there before the vendor is done. */
const joiningMs = (sockets: number) => 10_000 + sockets * 8

async function watched(sockets: number, maker: Maker, boundMs: number | null): Promise<void> {
  const byVendor = maker === 'vendor'
  const web = byVendor ? {} : { ROLES: 'web' }
  const cluster = await startCluster({
    nodes: [web, web, web],
    environment: { MAX_CONNECTIONS: String(sockets + 1000), LOCAL_RENDERER: String(!byVendor) },
    jobMs: joiningMs(sockets),
  })
  const clients: ChildProcess[] = []
  try {
    const front = await cluster.openFront()
    const photoId = await keepPhoto(front.url)
    const script = 'A thousand people look at this film while it is made, and none of them misses a thing. '.repeat(3)
    const model = byVendor ? 'veo3/veo3-talking' : 'local/talking-head'
    const id = await begin(front.url, photoId, { script, model, timeout: 3600 })
    const program = fileURLToPath(new URL('cluster-watchers.ts', import.meta.url))
    const order = { url: front.url, id, sockets: sockets / watchers } satisfies WatchOrder
    const startedMs = performance.now()
    for (let n = 0; n < watchers; n += 1)
      clients.push(fork(program, [JSON.stringify(order)], { execArgv: ['--import', 'tsx'] }))
    await Promise.all(clients.map((client) => once(client, 'message')))
    console.log(`${sockets} sockets watch after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
    const reported = clients.map((client) => once(client, 'message') as Promise<[WatchReport]>)
    // Nobody renders before all watch.
    if (!byVendor) await (await cluster.addNode({ ROLES: 'worker' })).start()
    const reports = (await Promise.all(reported)).map(([report]) => report)
    const lateMs = reports.flatMap((report) => report.lateMs)
    const told = [0.5, 0.9, 0.99, 1].map((share) => `p${share * 100} ${percentile(lateMs, share).toFixed(0)}`).join(' ')
    console.log(`${sockets} sockets (${maker}): ${lateMs.length} events received, late by ${told} ms`)
    hold(
      `sockets of ${sockets} (${maker}) that missed or mixed up an event`,
      reports.reduce((sum, { wrong }) => sum + wrong, 0),
      0,
    )
    if (boundMs !== null)
      hold(`fan-out to ${sockets} sockets (${maker}), p99`, percentile(lateMs, 0.99), boundMs, ' ms')
  } finally {
    for (const client of clients) client.kill()
    await cluster.close()
  }
}

recordAs(wanted.size === 0 ? 'cluster' : `cluster-${[...wanted].join('-')}`)
if (isWanted('same')) await same()
if (isWanted('watch')) {
  await watched(1000, 'vendor', 100)
  await watched(1000, 'renderer', null)
  await watched(5000, 'vendor', null)
}
