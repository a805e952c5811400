/** Three servers are restarted one after the other, and whoever asks through the shipped nginx notices nothing. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { watch } from '../support/api-client.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { ask, begin, formOf, keepPhoto, untilOver } from '../support/cluster-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { until } from '../support/until.ts'

const model = 'veo3/veo3-talking'

let cluster: Cluster
let photoId: string
beforeAll(async () => {
  cluster = await startCluster({ environment: { LOCAL_RENDERER: 'false', DRAIN_SECONDS: '2' } })
  photoId = await keepPhoto(cluster.nodes[0]!.url)
}, 300_000)
afterAll(async () => {
  const trouble = cluster?.vendors.trouble()
  await cluster?.close()
  expect(trouble).toEqual([])
}, 60_000)

describe('three servers behind nginx', () => {
  it('are restarted one after the other, and whoever asks through nginx notices nothing', async () => {
    const front = await cluster.openFront()
    const script = 'This is there all the time.'
    const made = await begin(front.url, photoId, { model, script })
    await watch(front.url, made)
    const video = `${front.url}/api/v1/video`
    const photo = await readFile(demoPortrait)
    const kinds = {
      post: async (nth: number) => {
        const fields = { model, script: `Whoever is restarted, this is number ${nth}.` }
        return ask(`${video}/generate`, { method: 'POST', ...(await formOf(photo, fields)) })
      },
      repeat: async () => ask(`${video}/generate`, { method: 'POST', ...(await formOf(photo, { model, script })) }),
      status: () => ask(`${video}/${made}`),
      list: () => ask(`${video}?limit=5`),
      part: () => ask(`${video}/${made}/content`, { headers: { Range: 'bytes=100-999' } }),
    }
    const answers = new Map<string, number>()
    const accepted: string[] = []
    let goOn = true
    const asking = Object.entries(kinds).map(async ([kind, request]) => {
      for (let nth = 0; goOn; nth += 1) {
        const { status, body } = await request(nth).catch((error: Error) => ({ status: error.message, body: null }))
        answers.set(`${kind} ${status}`, (answers.get(`${kind} ${status}`) ?? 0) + 1)
        if (kind === 'post' && status === 202) accepted.push((JSON.parse(String(body)) as { id: string }).id)
      }
    })
    for (const node of cluster.nodes) {
      expect(await node.stop()).toBe(0)
      await node.start()
      await until(async () => (await front.live()).length === 3, 'nginx asks all three again')
    }
    goOn = false
    await Promise.all(asking)
    expect([...answers.keys()].sort()).toEqual(['list 200', 'part 206', 'post 202', 'repeat 200', 'status 200'])
    const ends = await Promise.all(accepted.map((id) => untilOver(front.url, id)))
    expect(ends).toEqual(accepted.map(() => 'completed'))
  }, 180_000)
})
