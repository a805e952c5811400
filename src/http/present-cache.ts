import type { CacheStats, LookUps } from '../cache/cache.ts'
import type { CacheDiagnosis } from '../watching/diagnose-cache.ts'
import type { PublicCacheDiagnostics, PublicCacheStats } from './schemas/cache.ts'

export interface CacheFacts {
  readonly enabled: boolean
  readonly ttlMs: number
  readonly since: Date
}

export function presentCacheStats(stats: CacheStats, { enabled, ttlMs, since }: CacheFacts): PublicCacheStats {
  const { memory, redis, led, followed } = stats
  const { maxEntries, maxBytes } = memory
  return {
    enabled,
    type: redis ? 'redis' : 'memory',
    ttl_seconds: Math.round(ttlMs / 1000),
    ...presentLookUps(stats),
    memory: {
      policy: memory.policy,
      ...presentTier(memory),
      entries: memory.entries,
      max_entries: maxEntries,
      bytes: memory.bytes,
      max_bytes: maxBytes,
    },
    redis: redis && {
      state: redis.state,
      ...presentLookUps(redis),
      sets: redis.sets,
      evictions: redis.evictions,
      expirations: redis.expirations,
      errors: redis.errors,
      pending: redis.pending,
    },
    single_flight: { led, followed },
    regions: Object.fromEntries(
      Object.entries(stats.regions).map(([name, region]) => [
        name,
        {
          ...presentLookUps(region),
          memory: presentTier(region.memory),
          redis: region.redis && { ...presentLookUps(region.redis), sets: region.redis.sets },
        },
      ]),
    ),
    since: since.toISOString(),
  }
}

export function presentDiagnosis(diagnosis: CacheDiagnosis): PublicCacheDiagnostics {
  const { warnings, hitRate, hitRateBound, sample, minimumSample } = diagnosis
  return {
    status: warnings.length === 0 ? 'ok' : 'warning',
    warnings: [...warnings],
    hit_rate: round(hitRate),
    hit_rate_bound: hitRateBound,
    sample,
    minimum_sample: minimumSample,
  }
}

type Tier = CacheStats['regions'][string]['memory']

function presentTier({ sets, evictions, expirations, ...looked }: Tier) {
  return { ...presentLookUps(looked), sets, evictions, expirations }
}

function presentLookUps({ hits, misses, hitRate }: LookUps) {
  return { hits, misses, hit_rate: round(hitRate) }
}

function round(share: number | null): number | null {
  return share === null ? null : Math.round(share * 1000) / 1000
}
