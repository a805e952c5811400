/** The caches, described. */
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfQuery } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import {
  cacheDiagnosticsSchema,
  cacheFields,
  cacheForgottenSchema,
  cacheStatsSchema,
  type PublicCacheDiagnostics,
  type PublicCacheForgotten,
  type PublicCacheStats,
} from '../schemas/cache.ts'

const lookUps = { hits: 9, misses: 3, hit_rate: 0.75 }
const memory = { ...lookUps, hits: 8, misses: 4, hit_rate: 0.667, sets: 4, evictions: 0, expirations: 1 }
const redis = { hits: 1, misses: 3, hit_rate: 0.25, sets: 3 }

const stats: PublicCacheStats = {
  enabled: true,
  type: 'redis',
  ttl_seconds: 3600,
  ...lookUps,
  memory: { policy: 'lru', ...memory, entries: 3, max_entries: 1000, bytes: 12_400, max_bytes: 67_108_864 },
  redis: { state: 'up', ...redis, evictions: 0, expirations: 1, errors: 0, pending: 0 },
  single_flight: { led: 3, followed: 5 },
  regions: { answers: { ...lookUps, memory, redis } },
  since: '2026-01-02T03:04:05.678Z',
}

export const cacheStatsOperation: Operation = {
  id: 'getCacheStats',
  method: 'get',
  path: `${api}/cache/stats`,
  tag: 'service',
  summary: 'Hits, misses and evictions of each tier',
  description: 'For operators. The figures are those of the process that answers.',
  answers: {
    200: {
      description: 'The figures.',
      content: { 'application/json': { schema: cacheStatsSchema, examples: { redis: { value: stats } } } },
    },
  },
  problems: ['operators-only'],
}

const diagnostics: PublicCacheDiagnostics = {
  status: 'warning',
  warnings: [
    {
      code: 'low-hit-rate',
      message: '25 % of 40 look-ups found something; the bound is 70 %.',
      hint: 'Where requests repeat, raise CACHE_TTL_SECONDS or CACHE_MAX_ENTRIES; where none do, set ALERT_HIT_RATE to what is usual here.',
    },
  ],
  hit_rate: 0.25,
  hit_rate_bound: 0.7,
  sample: 40,
  minimum_sample: 20,
}

export const cacheDiagnosticsOperation: Operation = {
  id: 'getCacheDiagnostics',
  method: 'get',
  path: `${api}/cache/diagnostics`,
  tag: 'service',
  summary: 'What is not as it should be with the caches',
  description: 'For operators. What is told here is also logged, once when it begins and once when it ends.',
  answers: {
    200: {
      description: 'What there is to say.',
      content: { 'application/json': { schema: cacheDiagnosticsSchema, examples: { low: { value: diagnostics } } } },
    },
  },
  problems: ['operators-only'],
}

const forgotten: PublicCacheForgotten = { answers: 12, memory: 3, redis: 9 }

export const forgetCacheOperation: Operation = {
  id: 'forgetCache',
  method: 'delete',
  path: `${api}/cache`,
  tag: 'service',
  summary: 'Throw out what the caches hold, on every node',
  description:
    'For operators. All that are given must hold; without any it is everything. Equal requests are then made anew; finished videos ' +
    'stay with their owners.',
  parameters: { query: cacheFields },
  answers: {
    200: {
      description: 'How much that was.',
      content: { 'application/json': { schema: cacheForgottenSchema, examples: { some: { value: forgotten } } } },
    },
  },
  problems: ['operators-only', ...reasonsOfQuery],
}
