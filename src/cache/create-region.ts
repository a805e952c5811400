/**
 * One kind of entries over both tiers. What was thrown away must not come back: whatever was asked of Redis before anything was
 * thrown away (`changes` moved meanwhile) is answered and not kept in memory, and what began to be made before it is stored
 * neither here (the flight is stale) nor in Redis (`scripts.ts`).
 */
import { randomUUID } from 'node:crypto'
import type { Region, RegionOptions, RegionStats, Selector, Tags } from './cache.ts'
import { deepFreeze } from './deep-freeze.ts'
import { expiryIn, sealEnvelope, valueIn } from './envelope.ts'
import { createFlights, type Flight } from './flights.ts'
import { lookUps } from './look-ups.ts'
import type { MemoryTier } from './memory-tier.ts'
import type { Log } from './ports.ts'
import { largestBytes, leaseMs, type Place, type RedisTier } from './redis-tier.ts'
import { createWakers } from './wakers.ts'
import type { Word } from './words.ts'

/** A word that was lost between nodes heals after it. */
const longestInMemoryMs = 60_000
const firstPauseMs = 25
const longestPauseMs = 200

export interface RegionParts {
  readonly memory: MemoryTier
  /** Null: each process for itself. */
  readonly redis: RedisTier | null
  /** Grows with everything that was thrown away, here or heard of. */
  readonly changes: { count: number }
  /** Whether Redis knows of all that was thrown away. */
  mayRead(): boolean
  owe(place: Place): void
  say(word: Word): void
  readonly ttlMs: number
  now(): number
  readonly log: Log
}

/** What the cache does with a region. */
export interface RegionControl {
  forget(selector: Selector): void
  drop(key: string): void
  part(): void
  wake(key: string): void
  stats(): RegionStats
}

interface Sealed<T> {
  readonly value: T
  readonly tags: Tags
  readonly bytes: number
  readonly expiresAtMs: number
  readonly envelope: string
}

export function createRegion<T>(
  options: RegionOptions<T>,
  parts: RegionParts,
): { readonly region: Region<T>; readonly control: RegionControl } {
  const { memory, redis, changes, now, log } = parts
  const ttlMs = options.ttlMs ?? parts.ttlMs
  const shelf = memory.addShelf((text) => deepFreeze(read(valueIn(text))))
  const flights = createFlights<T>()
  const wakers = createWakers()
  const counts = { hits: 0, misses: 0, sets: 0, led: 0, followed: 0 }
  const placeOf = (key: string): Place => ({ region: options.name, key })

  function read(json: unknown): T | undefined {
    try {
      return options.read(json)
    } catch {
      return undefined
    }
  }

  const inMemoryMs = redis ? Math.min(ttlMs, longestInMemoryMs) : ttlMs
  const latestMs = (expiresAtMs: number) => Math.min(expiresAtMs, now() + inMemoryMs)

  function keep(key: string, { value, tags, bytes, expiresAtMs }: Sealed<T>): void {
    memory.set(shelf, key, { text: null, value, tags, bytes, expiresAtMs: latestMs(expiresAtMs) })
  }

  /** As Redis would give it back; null where it could not be read again. */
  function seal(made: T, tags: Tags): Sealed<T> | null {
    const json = JSON.stringify(made)
    const copy = json === undefined ? undefined : read(JSON.parse(json))
    if (copy === undefined) {
      log.error(
        { event: 'cache_value_refused', region: options.name },
        'A value that its region cannot read is not kept',
      )
      return null
    }
    const expiresAtMs = Math.round(now() + ttlMs)
    const envelope = sealEnvelope(expiresAtMs, tags, json)
    return { value: deepFreeze(copy), tags, expiresAtMs, envelope, bytes: Buffer.byteLength(envelope) }
  }

  /**
   * What Redis has, into memory too unless something was thrown away since it was asked. Memory gets the envelope; the value is
   * the caller's, because freezing it would cost as much as parsing it.
   */
  function accept(key: string, text: string, changesBefore: number): T | undefined {
    const expiresAtMs = expiryIn(text)
    if (expiresAtMs <= now()) return undefined
    const value = Number.isNaN(expiresAtMs) ? undefined : read(valueIn(text))
    if (value === undefined) {
      redis?.noteUnreadable()
      return undefined
    }
    if (changes.count === changesBefore) {
      const bytes = Buffer.byteLength(text)
      memory.set(shelf, key, { text, value: undefined, tags: undefined, bytes, expiresAtMs: latestMs(expiresAtMs) })
    }
    return value
  }

  async function look(tier: RedisTier, key: string): Promise<T | undefined> {
    const changesBefore = changes.count
    const text = await tier.read(placeOf(key))
    if (text === undefined) return undefined
    const value = text === null ? undefined : accept(key, text, changesBefore)
    if (value === undefined) counts.misses++
    else counts.hits++
    return value
  }

  function get(key: string): Promise<T | undefined> {
    const kept = memory.get(shelf, key)
    if (kept !== undefined) return Promise.resolve(kept as T)
    return redis && parts.mayRead() ? look(redis, key) : Promise.resolve(undefined)
  }

  function drop(key: string): void {
    changes.count++
    flights.drop(key)
    memory.delete(shelf, key)
    wakers.wake(key)
  }

  /** Both tiers, or nothing where null. */
  async function put(key: string, sealed: Sealed<T> | null): Promise<void> {
    drop(key)
    if (sealed) keep(key, sealed)
    if (!redis) return
    const fits = sealed !== null && sealed.bytes <= largestBytes
    const done = await redis.put(placeOf(key), fits ? sealed.envelope : null, ttlMs)
    if (done && fits) counts.sets++
    // What was there before may be there still.
    if (!done) parts.owe(placeOf(key))
    parts.say({ say: 'drop', ...placeOf(key) })
  }

  type Make = () => Promise<{ readonly value: T; readonly tags: Tags }>

  function make(begin: Make, flight: Flight): ReturnType<Make> {
    flight.abandoned.throwIfAborted()
    counts.led++
    return begin()
  }

  async function makeAlone(key: string, begin: Make, flight: Flight): Promise<T> {
    const { value, tags } = await make(begin, flight)
    const sealed = seal(value, tags)
    if (sealed && !flight.isStale(tags)) keep(key, sealed)
    return sealed?.value ?? value
  }

  async function fly(key: string, begin: Make, flight: Flight): Promise<T> {
    if (!redis || !parts.mayRead()) return makeAlone(key, begin, flight)
    const kept = await look(redis, key)
    if (kept !== undefined) return kept
    const token = randomUUID()
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      const changesBefore = changes.count
      const taken = await redis.take(placeOf(key), token)
      if (!taken) return makeAlone(key, begin, flight)
      if (taken.state === 'led') return lead(redis, key, { token, epoch: taken.epoch }, begin, flight)
      if (taken.state === 'held') {
        await wakers.sleep(key, pauseMs, flight.abandoned)
        continue
      }
      const value = accept(key, taken.text, changesBefore)
      if (value !== undefined) {
        counts.followed++
        return value
      }
      // It would be found again and again.
      await redis.put(placeOf(key), null, ttlMs)
    }
  }

  type Lock = { readonly token: string; readonly epoch: string }

  async function lead(tier: RedisTier, key: string, lock: Lock, begin: Make, flight: Flight): Promise<T> {
    const place = placeOf(key)
    const renewing = setInterval(() => void tier.renew(place, lock.token), leaseMs / 3)
    renewing.unref()
    let stored: boolean | undefined
    try {
      const { value, tags } = await make(begin, flight)
      const sealed = seal(value, tags)
      if (!sealed) return value
      if (flight.isStale(tags)) return sealed.value
      const changesBefore = changes.count
      const fits = sealed.bytes <= largestBytes
      stored = await tier.store(place, lock.token, lock.epoch, fits ? sealed.envelope : null, ttlMs)
      if (stored && fits) counts.sets++
      if (stored !== false && changes.count === changesBefore) keep(key, sealed)
      return sealed.value
    } finally {
      clearInterval(renewing)
      if (!stored) await tier.release(place, lock.token)
      wakers.wake(key)
      parts.say({ say: 'made', ...place })
    }
  }

  return {
    region: {
      get,
      set: (key, value, tags) => put(key, seal(value, tags)),
      delete: (key) => put(key, null),
      async getOrMake(key, begin, signal) {
        const kept = memory.get(shelf, key)
        if (kept !== undefined) return kept as T
        const onJoined = () => void counts.followed++
        // Those who join share it.
        return flights.join(key, async (flight) => deepFreeze(await fly(key, begin, flight)), onJoined, signal)
      },
    },
    control: {
      forget: flights.forget,
      drop,
      part: flights.part,
      wake: wakers.wake,
      stats() {
        const { hits, misses, sets, evictions, expirations } = shelf.counts
        return {
          ...lookUps(hits + counts.hits, misses - counts.hits),
          memory: { ...lookUps(hits, misses), sets, evictions, expirations },
          redis: redis ? { ...lookUps(counts.hits, counts.misses), sets: counts.sets } : null,
          led: counts.led,
          followed: counts.followed,
        }
      },
    },
  }
}
