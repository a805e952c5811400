/** What the caches say of themselves, and what is thrown out of them. */
import { z } from 'zod'
import { nameField, optional, withExample } from './fields.ts'

const count = z.int().nonnegative()
const lookUps = {
  hits: count,
  misses: count,
  hit_rate: z.number().min(0).max(1).nullable().describe('Null where nothing was looked up.'),
}

const memoryRegion = z.strictObject({ ...lookUps, sets: count, evictions: count, expirations: count })

export const cacheStatsSchema = z
  .strictObject({
    enabled: z.boolean(),
    type: z.enum(['memory', 'redis']),
    ttl_seconds: z.int().positive(),
    ...lookUps,
    memory: z
      .strictObject({
        policy: z.enum(['lru', 'lfu', 'ttl']),
        ...lookUps,
        sets: count,
        evictions: count.describe('Entries that made room for others.'),
        expirations: count,
        entries: count,
        max_entries: count,
        bytes: count,
        max_bytes: count,
      })
      .describe('The first tier: this process.'),
    redis: z
      .strictObject({
        state: z.enum(['up', 'away']),
        ...lookUps,
        sets: count,
        evictions: count.nullable().describe('Of the whole Redis since its start; null while it is away.'),
        expirations: count.nullable().describe('As evictions.'),
        errors: count.describe('Questions without an answer in time, refused writes, unreadable entries.'),
        pending: count.describe('Invalidations that it has not been told yet.'),
      })
      .nullable()
      .describe('The second tier, shared by all nodes; null where there is none.'),
    single_flight: z.strictObject({
      led: count.describe('Made here.'),
      followed: count.describe('Waited for what somebody else made, here or on another node.'),
    }),
    regions: z
      .record(
        z.string(),
        z.strictObject({
          ...lookUps,
          memory: memoryRegion,
          redis: z.strictObject({ ...lookUps, sets: count }).nullable(),
        }),
      )
      .describe('By what is kept: `answers` to equal requests, `faces` found in photos.'),
    since: z.iso.datetime().describe('Start of this process; figures are its own.'),
  })
  .meta({ id: 'CacheStats' })
export type PublicCacheStats = z.infer<typeof cacheStatsSchema>

export const cacheDiagnosticsSchema = z
  .strictObject({
    status: z.enum(['ok', 'warning']),
    warnings: z.array(
      z.strictObject({
        code: z.enum(['disabled', 'low-hit-rate', 'redis-away', 'invalidation-pending', 'memory-too-small']),
        message: z.string(),
        hint: z.string(),
      }),
    ),
    hit_rate: lookUps.hit_rate,
    hit_rate_bound: z.number().min(0).max(1).describe('ALERT_HIT_RATE; 0 turns the warning off.'),
    sample: count.describe('Look-ups so far.'),
    minimum_sample: count.describe('ALERT_HIT_RATE_MIN_SAMPLE: with fewer nothing is said of the rate.'),
  })
  .meta({ id: 'CacheDiagnostics' })
export type PublicCacheDiagnostics = z.infer<typeof cacheDiagnosticsSchema>

const word = nameField(/^[\w./%@:+-]{1,200}$/, 'must be 1 to 200 letters, digits and - _ . / : @ + %')
const withStars = nameField(/^[\w./%@:+*-]{1,200}$/, 'must be 1 to 200 letters, digits and - _ . / : @ + % *')

/** The query of DELETE /api/v1/cache. */
export const cacheFields = z.object({
  key: withExample(
    optional(word, 'One answer: who made it, `_`, and the first 16 digits of its key.'),
    'local_0123456789abcdef',
  ),
  pattern: withExample(optional(withStars, 'Of such keys; `*` stands for anything.'), 'local_*'),
  provider: withExample(optional(word, 'Whatever this provider made.'), 'local'),
  model: withExample(optional(word, 'Whatever this model made.'), 'local/portrait'),
  user: withExample(optional(word, "Whatever is this user's."), 'somebody'),
})

export const cacheForgottenSchema = z
  .strictObject({
    answers: count.describe('Finished videos that answer no equal request any more, on any node.'),
    memory: count.describe("Entries thrown out of this node's memory; every other node throws out its own."),
    redis: z
      .union([count, z.literal('pending')])
      .describe('Entries thrown out of Redis; `pending`: it is away, and is told before it is asked again.'),
  })
  .meta({ id: 'CacheForgotten' })
export type PublicCacheForgotten = z.infer<typeof cacheForgottenSchema>
