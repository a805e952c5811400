/** The caches of one process, for Prometheus. Its figures are counted in the cache; they are only read here. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { CacheStats } from '../cache/cache.ts'

export function watchCache(registry: Registry, stats: () => Promise<CacheStats>): void {
  let reading: Promise<CacheStats> | null = null
  /** All figures of one scrape ask together: only the first question is put. */
  const read = () => {
    reading ??= stats().finally(() => {
      reading = null
    })
    return reading
  }
  const counter = (
    name: string,
    help: string,
    labelNames: readonly string[],
    tell: (c: Counter, s: CacheStats) => void,
  ) =>
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const figures = await read()
        this.reset()
        tell(this, figures)
      },
    })
  const gauge = (name: string, help: string, value: (figures: CacheStats) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(value(await read()))
      },
    })

  counter(
    'talking_photo_cache_lookups_total',
    'Look-ups in a tier of the cache, by what is kept there and whether it was there.',
    ['region', 'tier', 'outcome'],
    (lookUps, { regions }) => {
      for (const [region, tiers] of Object.entries(regions)) {
        for (const tier of ['memory', 'redis'] as const) {
          const looked = tiers[tier]
          if (!looked) continue
          lookUps.inc({ region, tier, outcome: 'hit' }, looked.hits)
          lookUps.inc({ region, tier, outcome: 'miss' }, looked.misses)
        }
      }
    },
  )
  counter(
    'talking_photo_cache_evictions_total',
    'Entries that made room for others in memory.',
    [],
    (evictions, { memory }) => evictions.inc(memory.evictions),
  )
  counter(
    'talking_photo_cache_redis_errors_total',
    'Questions to Redis without an answer in time, refused writes, unreadable entries.',
    [],
    (errors, { redis }) => errors.inc(redis?.errors ?? 0),
  )
  gauge('talking_photo_cache_entries', 'Entries in memory.', ({ memory }) => memory.entries)
  gauge('talking_photo_cache_bytes', 'Bytes of the entries in memory.', ({ memory }) => memory.bytes)
}
