/** What is not as it should be with the caches of this process, in words. */
import type { CacheStats } from '../cache/cache.ts'

export interface CacheWarning {
  readonly code: 'disabled' | 'low-hit-rate' | 'redis-away' | 'invalidation-pending' | 'memory-too-small'
  readonly message: string
  readonly hint: string
}

export interface CacheDiagnosis {
  readonly warnings: readonly CacheWarning[]
  /** 0 to 1; null where nothing was looked up. */
  readonly hitRate: number | null
  readonly hitRateBound: number
  readonly sample: number
  readonly minimumSample: number
}

export interface CacheBounds {
  readonly enabled: boolean
  /** 0: nothing is said of it. */
  readonly hitRate: number
  readonly minimumSample: number
}

export function diagnoseCache(stats: CacheStats, bounds: CacheBounds): CacheDiagnosis {
  const { memory, redis, hits, misses, hitRate } = stats
  const sample = hits + misses
  const warnings: CacheWarning[] = []
  if (!bounds.enabled) {
    warnings.push({
      code: 'disabled',
      message: 'The cache is turned off: equal requests are made anew, once the one under way is done.',
      hint: 'Set CACHE_ENABLED=true.',
    })
  }
  if (sample >= bounds.minimumSample && hitRate !== null && hitRate < bounds.hitRate) {
    warnings.push({
      code: 'low-hit-rate',
      message: `${percent(hitRate)} of ${sample} look-ups found something; the bound is ${percent(bounds.hitRate)}.`,
      hint: 'Where requests repeat, raise CACHE_TTL_SECONDS or CACHE_MAX_ENTRIES; where none do, set ALERT_HIT_RATE to what is usual here.',
    })
  }
  // Most of what is thrown out early was of no use to anybody.
  if (memory.evictions > memory.hits && memory.evictions >= bounds.minimumSample) {
    warnings.push({
      code: 'memory-too-small',
      message: `${memory.evictions} entries made room for others in memory, which was of use ${memory.hits} times.`,
      hint: 'Raise CACHE_MAX_ENTRIES or CACHE_MAX_MB.',
    })
  }
  if (redis?.state === 'away') {
    warnings.push({
      code: 'redis-away',
      message: 'Redis does not answer: each node keeps to its own memory.',
      hint: 'Nothing is lost by it. Start it again, or check REDIS_CACHE_URL.',
    })
  }
  if (redis && redis.pending > 0) {
    warnings.push({
      code: 'invalidation-pending',
      message: `${redis.pending} invalidations wait for Redis to come back.`,
      hint: 'They are carried out before anything is read from it again.',
    })
  }
  return { warnings, hitRate, hitRateBound: bounds.hitRate, sample, minimumSample: bounds.minimumSample }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
