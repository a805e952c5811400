/** The operators' guard was broken in each route once: 'is for operators' saw it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { sampleCacheStats } from '../../support/sample-cache-stats.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

const read = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(app.url + path, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const forget = (query: string) => read(`/api/v1/cache${query}`, { method: 'DELETE' })

describe('GET /api/v1/cache/stats', () => {
  it('tells hits, misses and evictions of each tier', async () => {
    expect(await read('/api/v1/cache/stats')).toMatchObject({
      status: 200,
      body: {
        enabled: true,
        type: 'redis',
        ttl_seconds: 3600,
        hits: 90,
        misses: 10,
        hit_rate: 0.9,
        memory: { policy: 'lru', hits: 90, misses: 10, evictions: 2, entries: 9, max_entries: 1000, bytes: 4321 },
        redis: { state: 'up', hits: 4, misses: 10, hit_rate: 0.286, evictions: 0, errors: 0, pending: 0 },
        single_flight: { led: 7, followed: 21 },
        regions: { answers: { hits: 90, memory: { evictions: 2 }, redis: { hits: 4 } } },
        since: '2026-11-21T09:00:00.000Z',
      },
    })
  })

  it('has no second tier where there is no Redis', async () => {
    const { regions } = sampleCacheStats()
    app.cacheStats = sampleCacheStats({ redis: null, regions: { answers: { ...regions.answers!, redis: null } } })
    expect((await read('/api/v1/cache/stats')).body).toMatchObject({
      type: 'memory',
      redis: null,
      regions: { answers: { redis: null } },
    })
  })
})

describe('GET /api/v1/cache/diagnostics', () => {
  it('warns of a low hit rate', async () => {
    expect((await read('/api/v1/cache/diagnostics')).body).toMatchObject({ status: 'ok', warnings: [], sample: 100 })
    app.cacheStats = sampleCacheStats({ hits: 10, misses: 30, hitRate: 0.25 })
    expect((await read('/api/v1/cache/diagnostics')).body).toMatchObject({
      status: 'warning',
      warnings: [{ code: 'low-hit-rate' }],
      hit_rate: 0.25,
      hit_rate_bound: 0.7,
      sample: 40,
      minimum_sample: 20,
    })
  })
})

describe('DELETE /api/v1/cache', () => {
  it('throws out what the query names, and says how much that was', async () => {
    expect(await forget('?pattern=local_*&user=somebody')).toEqual({
      status: 200,
      body: { answers: 2, memory: 1, redis: 'pending' },
    })
    await forget('?key=local_0123456789abcdef')
    await forget('?provider=local&model=local%2Fportrait')
    await forget('')
    expect(app.heart.forgotten).toEqual([
      { pattern: 'local_*', user: 'somebody' },
      { name: 'local_0123456789abcdef' },
      { provider: 'local', model: 'local/portrait' },
      {},
    ])
  })

  it('refuses a mistyped selector instead of throwing out everything', async () => {
    for (const query of ['?patern=local_*', '?key=a b', '?key=local_*', '?user=a&user=b']) {
      const response = await fetch(`${app.url}/api/v1/cache${query}`, { method: 'DELETE' })
      expect(response.status).toBe(422)
    }
    expect(app.heart.forgotten).toEqual([])
  })
})

describe('the pages of the cache', () => {
  it.each([
    ['GET', '/api/v1/cache/stats'],
    ['GET', '/api/v1/cache/diagnostics'],
    ['DELETE', '/api/v1/cache'],
  ])('is for operators: %s %s', async (method, path) => {
    const response = await fetch(app.url + path, { method, headers: { 'X-Tenant': 'somebody' } })
    await problemOf(response, 403, 'operators-only')
    expect(app.heart.forgotten).toEqual([])
  })
})
