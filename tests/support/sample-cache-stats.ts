import type { CacheStats } from '../../src/cache/cache.ts'

/** A quiet cache with Redis, all as it should be; pass what the test is about. */
export function sampleCacheStats(given: Partial<CacheStats> = {}): CacheStats {
  const looked = { hits: 90, misses: 10, hitRate: 0.9 }
  const memory = { ...looked, sets: 12, evictions: 2, expirations: 1 }
  return {
    ...looked,
    memory: { policy: 'lru', ...memory, entries: 9, maxEntries: 1000, bytes: 4321, maxBytes: 67_108_864 },
    redis: {
      state: 'up',
      hits: 4,
      misses: 10,
      hitRate: 4 / 14,
      sets: 8,
      evictions: 0,
      expirations: 3,
      errors: 0,
      pending: 0,
    },
    led: 7,
    followed: 21,
    regions: {
      answers: { ...looked, memory, redis: { hits: 4, misses: 10, hitRate: 4 / 14, sets: 8 }, led: 7, followed: 21 },
    },
    ...given,
  }
}
