/** The entries that all nodes share. Nothing here throws because of Redis: without its answer there is `undefined`. */
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Selector } from './cache.ts'
import { headBytes, tagsIn } from './envelope.ts'
import type { Log, RedisLink } from './ports.ts'
import * as scripts from './scripts.ts'
import { matchSelector, selectsEverything } from './selector.ts'

/** One in Redis is worth sending up to here; beyond, it holds up everybody else's commands. */
export const largestBytes = 1024 * 1024
/** Who makes says so again three times in it; who died is waited for no longer. */
export const leaseMs = 10_000

const root = 'talking-photo:cache'
const epochKey = `${root}-epoch`
const scanCount = 500

export interface Place {
  readonly region: string
  readonly key: string
}

export type Taken =
  | { readonly state: 'kept'; readonly text: string }
  | { readonly state: 'held' }
  | { readonly state: 'led'; readonly epoch: string }

export interface RedisTier {
  /** The envelope, or null where there is none. */
  read(place: Place): Promise<string | null | undefined>
  /** What is kept, else the lock on making it, if it is free. */
  take(place: Place, token: string): Promise<Taken | undefined>
  /** Gives the lock back, and keeps what was made where nothing was thrown away meanwhile: true. Null says only whether that is so. */
  store(place: Place, token: string, epoch: string, text: string | null, ttlMs: number): Promise<boolean | undefined>
  renew(place: Place, token: string): Promise<void>
  release(place: Place, token: string): Promise<void>
  /** Whatever was there before; null: only takes that away. True when it was done. */
  put(place: Place, text: string | null, ttlMs: number): Promise<true | undefined>
  /** How many were thrown away. */
  forget(selector: Selector): Promise<number | undefined>
  /** What it threw out and what ended by itself, since it was started. */
  thrownOut(): Promise<{ readonly evictions: number; readonly expirations: number } | undefined>
  noteUnreadable(): void
  errors(): number
}

export function createRedisTier({ link, log }: { readonly link: RedisLink; readonly log: Log }): RedisTier {
  let errors = 0
  let refuses = false

  async function ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    try {
      const answer = await link.ask(command)
      return answer
    } catch (error) {
      errors++
      // That it is away the link says itself.
      if (!refuses && link.state() === 'up') {
        refuses = true
        log.warn({ event: 'cache_redis_refuses', reason: reasonOf(error) }, 'Redis refuses what the cache asks of it')
      }
      return undefined
    }
  }

  const keysOf = ({ region, key }: Place) => [`${root}:${region}:${key}`, `${root}-lock:${region}:${key}`, epochKey]

  const evaluate = (script: string, place: Place, ...args: readonly (string | number)[]) =>
    ask(async (redis) => redis.eval(script, 3, ...keysOf(place), ...args))

  return {
    read: ({ region, key }) => ask((redis) => redis.get(`${root}:${region}:${key}`)),
    async take(place, token) {
      const answer = (await evaluate(scripts.take, place, token, leaseMs, randomUUID())) as
        | readonly string[]
        | undefined
      if (!answer) return undefined
      const [state, detail = ''] = answer
      if (state === 'kept') return { state, text: detail }
      if (state === 'held') return { state }
      refuses = false
      return { state: 'led', epoch: detail }
    },
    async store(place, token, epoch, text, ttlMs) {
      const answer = await evaluate(scripts.store, place, token, epoch, text ?? '', ttlMs)
      return answer === undefined ? undefined : answer === 1
    },
    async renew(place, token) {
      await evaluate(scripts.renew, place, token, leaseMs)
    },
    async release(place, token) {
      await evaluate(scripts.release, place, token)
    },
    async put(place, text, ttlMs) {
      const answer = await evaluate(scripts.put, place, text ?? '', ttlMs)
      if (answer === undefined) return undefined
      // A full one can always take something away.
      if (text !== null) refuses = false
      return true
    },
    async forget(selector) {
      // First: what is being made now was begun before, and must not be kept when it is done.
      if ((await ask((redis) => redis.unlink(epochKey))) === undefined) return undefined
      let forgotten = 0
      let cursor = '0'
      do {
        const scanned: [string, string[]] | undefined = await ask((redis) =>
          redis.scan(cursor, 'MATCH', `${root}:*`, 'COUNT', scanCount),
        )
        if (!scanned) return undefined
        cursor = scanned[0]
        const unlinked = await forgetAmong(scanned[1], selector)
        if (unlinked === undefined) return undefined
        forgotten += unlinked
      } while (cursor !== '0')
      return forgotten
    },
    async thrownOut() {
      const said = await ask((redis) => redis.info('stats'))
      if (said === undefined) return undefined
      const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(said)?.[1] ?? 0)
      return { evictions: figure('evicted_keys'), expirations: figure('expired_keys') }
    },
    noteUnreadable: () => void errors++,
    errors: () => errors,
  }

  /** One that was replaced between the look and the end is thrown away, too: that costs speed and no truth. */
  async function forgetAmong(keys: readonly string[], selector: Selector): Promise<number | undefined> {
    if (keys.length === 0) return 0
    const chosen = selectsEverything(selector) ? keys : await matchingAmong(keys, selector)
    if (!chosen) return undefined
    return chosen.length === 0 ? 0 : ask((redis) => redis.unlink(...chosen))
  }

  async function matchingAmong(keys: readonly string[], selector: Selector): Promise<readonly string[] | undefined> {
    const heads = await ask((redis) => {
      const pipeline = redis.pipeline()
      for (const key of keys) pipeline.getrange(key, 0, headBytes - 1)
      return pipeline.exec()
    })
    if (!heads) return undefined
    const matches = matchSelector(selector)
    return keys.filter((_, index) => {
      const [error, text] = heads[index] ?? []
      // What cannot be read is nobody's.
      const tags = error ? undefined : tagsIn(String(text))
      return !tags || matches(tags)
    })
  }
}

/** Its first word (OOM, READONLY, NOPERM): the rest may hold what was sent. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? (/^[A-Z]+\b/.exec(error.message)?.[0] ?? error.name) : 'unknown'
