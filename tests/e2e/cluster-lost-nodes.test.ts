/**
 * Servers that are lost in the middle of their work: one is killed, one freezes and wakes when it is too late. Both hold a
 * call at a vendor, whose answer never came, and a render; another server finishes all of it, and nothing is paid twice.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type EventJson, getGeneration, watch } from '../support/api-client.ts'
import { type Cluster, type ClusterNode, startCluster } from '../support/cluster.ts'
import { begin, endOf, keepPhoto } from '../support/cluster-client.ts'
import { filesIn } from '../support/run-server.ts'
import { until } from '../support/until.ts'

const vendor = 'veo3/veo3-talking'
const local = 'local/talking-head'
/** One of each lane, so that the second worker gets what the first one cannot take. */
const worker = { ROLES: 'worker', STEP_CONCURRENCY: '1', RENDER_CONCURRENCY: '1' }

let cluster: Cluster
let web: ClusterNode
let doomed: ClusterNode
let frozen: ClusterNode
let rescuer: ClusterNode
let photoId: string
beforeAll(async () => {
  cluster = await startCluster({ nodes: [{ ROLES: 'web' }, worker, worker] })
  ;[web, doomed, frozen] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode]
  rescuer = await cluster.addNode({ ROLES: 'worker', RENDER_CONCURRENCY: '2' })
  photoId = await keepPhoto(web.url)
}, 300_000)
afterAll(async () => {
  const trouble = cluster?.vendors.trouble()
  await cluster?.close()
  expect(trouble).toEqual([])
}, 60_000)

const paid = () => cluster.vendors.simulators.veo3.control.state().paid
const happened = (node: ClusterNode, event: string) => node.log().filter((line) => line.event === event).length

/** Two renders and two calls without an answer: each of the two workers has one place for each. */
async function occupyBoth(): Promise<readonly string[]> {
  const render = (nth: string) =>
    begin(web.url, photoId, {
      model: local,
      script: `This is the ${nth} film that will be lost on its way, and made again.`,
    })
  const rendered = await Promise.all(['first', 'second'].map(render))
  await Promise.all(rendered.map((id) => watch(web.url, id, 0, ({ type }) => type === 'progress')))
  const call = (nth: string) =>
    begin(web.url, photoId, { model: vendor, script: `The ${nth} answer never comes. [[timeout:after]]` })
  const called = await Promise.all(['first', 'second'].map(call))
  await until(() => Object.keys(paid()).length === called.length, 'the vendor has taken both calls')
  return [...rendered, ...called]
}

async function logOf(id: string): Promise<readonly EventJson[]> {
  const response = await fetch(`${web.url}/api/v1/video/${id}/events?limit=500`)
  return ((await response.json()) as { items: EventJson[] }).items
}

describe('the work of a server that was killed and of one that froze', () => {
  it('is finished by another one, with each call sent once, and left alone by the one that wakes', async () => {
    const ids = await occupyBoth()
    frozen.freeze()
    await doomed.kill()
    const lostMs = performance.now()
    await rescuer.start()
    const seen = await Promise.all(ids.map((id) => watch(web.url, id)))
    console.info(`finished ${((performance.now() - lostMs) / 1000).toFixed(1)} s after its servers were lost`)

    expect(seen.map(endOf)).toEqual(ids.map(() => 'completed'))
    for (const events of seen) expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect(happened(rescuer, 'generation_completed')).toBe(ids.length)
    expect(Object.values(paid()).map(({ accepted }) => accepted)).toEqual([1, 1])
    const made = await Promise.all(ids.map((id) => getGeneration(web.url, id)))
    expect(made.map(({ fallback_used }) => fallback_used)).toEqual(ids.map(() => false))

    const truth = await everything(ids)
    frozen.wake()
    // It serves again, and that after everything that it still held: it has one place for each kind of step.
    const again = await begin(web.url, photoId, { model: local, script: 'Whoever woke is of use again.' })
    await rescuer.stop()
    await watch(web.url, again)
    const called = await begin(web.url, photoId, { model: vendor, script: 'And asks the vendor as before.' })
    await watch(web.url, called)
    expect(happened(frozen, 'generation_completed')).toBeGreaterThan(0)
    expect(await everything(ids)).toEqual(truth)
  }, 120_000)
})

/** All that a late writer could have changed. */
async function everything(ids: readonly string[]) {
  const works = await Promise.all(ids.map(async (id) => (await getGeneration(web.url, id)).work_id))
  const files = (await filesIn(cluster.dataDir)).filter((file) =>
    works.some((work) => file.startsWith(`media/local/works/${work}`)),
  )
  const traces = await Promise.all(
    ids.map(async (id) => (await fetch(`${web.url}/api/v1/video/${id}/trace`)).json() as Promise<unknown>),
  )
  const calls = Object.entries(paid()).filter(([, { accepted }]) => accepted > 0)
  return { logs: await Promise.all(ids.map(logOf)), files, traces, submissions: calls.slice(0, 2) }
}
