/**
 * Three servers whose Redis stops and whose PostgreSQL is killed while their users go on: what was accepted is done, who is
 * refused is told to try again, and what one of them throws out of the cache is forgotten by all.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { watch } from '../support/api-client.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { ask, begin, endOf, keepPhoto, postWith, untilOver } from '../support/cluster-client.ts'
import { until } from '../support/until.ts'

const model = 'veo3/veo3-talking'

let cluster: Cluster
let photoId: string
beforeAll(async () => {
  cluster = await startCluster({ environment: { LOCAL_RENDERER: 'false' } })
  photoId = await keepPhoto(cluster.nodes[0]!.url)
}, 300_000)
afterAll(async () => {
  const trouble = cluster?.vendors.trouble()
  await cluster?.close()
  expect(trouble).toEqual([])
}, 60_000)

const urlOf = (index: number) => cluster.nodes[index % cluster.nodes.length]!.url
const count = <T>(length: number, make: (index: number) => T) => Array.from({ length }, (_, index) => make(index))

interface Stats {
  readonly redis: { readonly state: string }
  readonly memory: { readonly entries: number }
}

async function cacheOf(index: number): Promise<Stats> {
  const { status, body } = await ask(`${urlOf(index)}/api/v1/cache/stats`)
  expect(status).toBe(200)
  return JSON.parse(body.toString()) as Stats
}

/** Six films, two from each server, watched from another one. */
async function makeSix(about: string): Promise<readonly string[]> {
  const ids = await Promise.all(
    count(6, (index) => begin(urlOf(index), photoId, { model, script: `${about} ${index}.` })),
  )
  return (await Promise.all(ids.map((id, index) => watch(urlOf(index + 1), id)))).map(endOf)
}
const six = count(6, () => 'completed')

describe('three servers', () => {
  it('make films without Redis as with it, and find it again', async () => {
    await cluster.redis.stop()
    expect(await makeSix('Nobody remembers number')).toEqual(six)
    await until(async () => (await Promise.all(count(3, cacheOf))).every(({ redis }) => redis.state === 'away'), 'away')
    const thrownOut = await ask(`${urlOf(1)}/api/v1/cache?user=local`, { method: 'DELETE' })
    expect([thrownOut.status, JSON.parse(thrownOut.body.toString()).redis]).toEqual([200, 'pending'])
    await cluster.redis.start()
    await until(async () => (await Promise.all(count(3, cacheOf))).every(({ redis }) => redis.state === 'up'), 'back')
    expect(await makeSix('Somebody remembers number')).toEqual(six)
  }, 60_000)

  it('all forget what was thrown out of the cache of one', async () => {
    const script = 'This will be said twice, though nothing has changed.'
    const first = await begin(urlOf(0), photoId, { model, script })
    await watch(urlOf(0), first)
    // Each of them answers from what was made, and holds it in its memory from then on.
    for (const index of [0, 1, 2]) {
      expect(await postWith(urlOf(index), photoId, { model, script })).toMatchObject({
        status: 200,
        body: { cached: true },
      })
      expect((await cacheOf(index)).memory.entries).toBeGreaterThan(0)
    }
    expect((await ask(`${urlOf(0)}/api/v1/cache`, { method: 'DELETE' })).status).toBe(200)
    await until(
      async () => (await Promise.all(count(3, cacheOf))).every(({ memory }) => memory.entries === 0),
      'every memory is empty',
    )
    const again = await postWith(urlOf(1), photoId, { model, script })
    expect(again).toMatchObject({ status: 202, body: { cached: false, shared: false } })
    await watch(urlOf(2), again.body.id)
  }, 60_000)

  it('lose nothing that they accepted when PostgreSQL is killed and starts again', async () => {
    const accepted: string[] = []
    const refused: Awaited<ReturnType<typeof postWith>>[] = []
    let goOn = true
    const posting = count(3, async (index) => {
      for (let nth = 0; goOn; nth += 1) {
        const answer = await postWith(urlOf(index), photoId, {
          model,
          script: `This is ${nth} of ${index} in a storm.`,
        })
        if (answer.status === 202) accepted.push(answer.body.id)
        else refused.push(answer)
      }
    })
    await until(() => accepted.length >= 3, 'the first are accepted')
    await cluster.postgres.restart('immediate')
    const before = accepted.length
    await until(() => accepted.length >= before + 3, 'others are accepted after it', 40_000)
    goOn = false
    await Promise.all(posting)
    const ends = await Promise.all(accepted.map((id, index) => untilOver(urlOf(index), id)))
    expect(ends).toEqual(accepted.map(() => 'completed'))
    for (const { status, headers, body } of refused) {
      expect(status).toBeGreaterThanOrEqual(500)
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
      expect(body.retryable).toBe(true)
    }
  }, 120_000)
})
