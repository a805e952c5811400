import type { Cache, CacheStats, MemoryStats, RegionStats, Selector } from './cache.ts'
import { createRegion, type RegionControl } from './create-region.ts'
import { lookUps } from './look-ups.ts'
import { createMemoryTier, type policies } from './memory-tier.ts'
import { createOwed, type Debt } from './owed.ts'
import type { Bus, Log, RedisLink } from './ports.ts'
import { createRedisTier } from './redis-tier.ts'
import { matchSelector } from './selector.ts'
import { readWord, topic, type Word } from './words.ts'

export interface CacheParts {
  /** Who makes room in memory: the one unused for longest, the one used least, the one that ends first. */
  readonly policy: keyof typeof policies
  readonly maxEntries: number
  /** Of JSON, as it would be in Redis. */
  readonly maxBytes: number
  readonly ttlMs: number
  /** Null: memory only. */
  readonly link: RedisLink | null
  /** Null: no other nodes. */
  readonly bus: Bus | null
  /** Wall clock: nodes compare it. */
  now(): number
  readonly log: Log
}

/** Closing it closes neither `link` nor `bus`. */
export function createCache({ policy, maxEntries, maxBytes, ttlMs, link, bus, now, log }: CacheParts): Cache {
  const memory = createMemoryTier({ policy, maxEntries, maxBytes, now })
  const redis = link && createRedisTier({ link, log })
  const regions = new Map<string, RegionControl>()
  const changes = { count: 0 }
  const say = (word: Word) => bus?.publish(topic, word)

  const owed = createOwed(
    async (debt) => {
      if (!redis) return true
      const paid = 'selector' in debt ? await redis.forget(debt.selector) : await redis.put(debt.place, null, ttlMs)
      return paid !== undefined
    },
    // Until it was paid, others may have read what was to be gone.
    (debt: Debt) => {
      const word: Word =
        'selector' in debt ? { say: 'forget', selector: debt.selector } : { say: 'drop', ...debt.place }
      hear(word)
      say(word)
    },
  )

  function forgetHere(selector: Selector): number {
    changes.count++
    for (const region of regions.values()) region.forget(selector)
    return memory.forget(matchSelector(selector))
  }

  function hear(word: Word): void {
    if (word.say === 'forget') forgetHere(word.selector)
    else if (word.say === 'drop') regions.get(word.region)?.drop(word.key)
    else regions.get(word.region)?.wake(word.key)
  }

  const stops = [
    bus?.subscribe(topic, (message) => {
      const word = readWord(message)
      if (word) hear(word)
    }),
    bus?.onGap(() => {
      changes.count++
      for (const region of regions.values()) region.part()
      memory.forget(() => true)
    }),
    link?.onBack(() => void owed.pay()),
  ]

  function mayRead(): boolean {
    if (owed.count() === 0) return true
    if (link?.state() === 'up') void owed.pay()
    return false
  }

  return {
    region(options) {
      if (!/^[a-z0-9-]+$/.test(options.name) || regions.has(options.name))
        throw new Error(`No region can be called ${options.name} (any more)`)
      const owe = (place: Extract<Debt, { place: unknown }>['place']) => owed.add({ place })
      const { region, control } = createRegion(options, {
        ...{ memory, redis, changes, mayRead, owe, say, ttlMs, now, log },
      })
      regions.set(options.name, control)
      return region
    },
    async invalidate(selector) {
      const before = forgetHere(selector)
      if (!redis) return { memory: before, redis: 0 }
      const forgotten = await redis.forget(selector)
      if (forgotten === undefined) owed.add({ selector })
      // Once more, and only now elsewhere: until it was gone from Redis it may have been read from there.
      const meanwhile = forgetHere(selector)
      say({ say: 'forget', selector })
      return { memory: before + meanwhile, redis: forgotten ?? 'pending' }
    },
    async stats(): Promise<CacheStats> {
      const thrownOut = await redis?.thrownOut()
      const each = [...regions].map(([name, control]) => [name, control.stats()] as const)
      const sum = (figure: (region: RegionStats) => number) => each.reduce((all, [, region]) => all + figure(region), 0)
      const { entries, bytes } = memory.size()
      const memoryStats: MemoryStats = {
        policy,
        ...lookUps(
          sum((region) => region.memory.hits),
          sum((region) => region.memory.misses),
        ),
        sets: sum((region) => region.memory.sets),
        evictions: sum((region) => region.memory.evictions),
        expirations: sum((region) => region.memory.expirations),
        ...{ entries, maxEntries, bytes, maxBytes },
      }
      return {
        ...lookUps(
          sum((region) => region.hits),
          sum((region) => region.misses),
        ),
        memory: memoryStats,
        redis: redis &&
          link && {
            state: link.state(),
            ...lookUps(
              sum((region) => region.redis?.hits ?? 0),
              sum((region) => region.redis?.misses ?? 0),
            ),
            sets: sum((region) => region.redis?.sets ?? 0),
            evictions: thrownOut?.evictions ?? null,
            expirations: thrownOut?.expirations ?? null,
            errors: redis.errors(),
            pending: owed.count(),
          },
        led: sum((region) => region.led),
        followed: sum((region) => region.followed),
        regions: Object.fromEntries(each),
      }
    },
    async close() {
      for (const stop of stops) stop?.()
      memory.forget(() => true)
    },
  }
}
