/**
 * Requests a minute to one account: counted in Redis where there is one, for all processes together. Without one, and whenever
 * it does not answer or cannot count, each process keeps to its share.
 *
 * Over a change: who loses Redis shares out what it last heard was left of the spell; who has it back asks both, Redis and its
 * own share, for one spell. So all together stay within the limit of a spell, but for two cases, in which at most as much again
 * may be sent in one: processes that had not sent lately, and so know nothing of what was used when Redis is lost; and a Redis
 * that was emptied unnoticed. A process that alone is cut off from Redis sends its share beside what the others send.
 */
import { ReplyError } from 'ioredis'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { createOwnShare, type OwnShare } from './own-share.ts'
import { RedisAway, type RedisLink } from './redis-link.ts'

export interface RateLimits {
  /** Takes one request of the account's minute. @returns seconds to wait before asking again; 0: go */
  take(account: string, perMinute: number): Promise<number>
}

export interface RateLimitParts {
  /** Null: each process keeps to its share. */
  readonly redis?: RedisLink | null
  /** How many processes share the limit; asked when it matters. */
  readonly processes?: () => number
  readonly now?: () => number
  readonly log?: { warn(details: object, message: string): void }
}

interface Limit {
  readonly share: OwnShare
  readonly together: RateLimiterRedis | null
  readonly spellMs: number
}

export function createRateLimits(parts: RateLimitParts = {}): RateLimits {
  const { redis = null, processes = () => 1, now = Date.now, log } = parts
  const limits = new Map<string, Limit>()
  /** When this process last counted by itself. */
  let aloneMs = Number.NEGATIVE_INFINITY
  let isRefused = false
  redis?.onBack(() => {
    aloneMs = now()
  })

  const limitOf = (account: string, perMinute: number): Limit => {
    const name = `${account}:${perMinute}`
    const found = limits.get(name)
    if (found) return found
    // A minute's worth is not sent in its first second: six spells of ten seconds.
    const spell = perMinute >= 60 ? 10 : 60
    const points = Math.max(1, Math.floor((perMinute * spell) / 60))
    const spellMs = spell * 1000
    const limit = {
      share: createOwnShare({ limit: points, spellMs, processes, now }),
      together: redis
        ? new RateLimiterRedis({
            storeClient: redis.client,
            keyPrefix: 'talking-photo:rate',
            points,
            duration: spell,
          })
        : null,
      spellMs,
    }
    limits.set(name, limit)
    return limit
  }

  /** @returns milliseconds to wait; null: Redis could not say */
  const askRedis = async (account: string, { together, share }: Limit): Promise<number | null> => {
    if (!redis || !together) return null
    try {
      const counted = await redis.ask(() => together.consume(account))
      share.learn(counted.consumedPoints, counted.msBeforeNext)
      isRefused = false
      return 0
    } catch (refused) {
      if (refused instanceof RateLimiterRes) {
        share.learn(refused.consumedPoints, refused.msBeforeNext)
        return refused.msBeforeNext
      }
      if (refused instanceof ReplyError) {
        if (!isRefused)
          log?.warn(
            { event: 'rates_alone', reason: (refused as Error).message },
            'Redis cannot count requests to providers',
          )
        isRefused = true
        return null
      }
      if (refused instanceof RedisAway) return null
      throw refused
    }
  }

  return {
    async take(account, perMinute) {
      const waitMs = await takeOf(account, perMinute)
      return waitMs === 0 ? 0 : Math.max(0.1, waitMs / 1000)
    },
  }

  async function takeOf(account: string, perMinute: number): Promise<number> {
    const limit = limitOf(account, perMinute)
    const isWary = now() < aloneMs + limit.spellMs
    const shareMs = isWary ? limit.share.take() : 0
    if (shareMs > 0) return shareMs
    const sharedMs = await askRedis(account, limit)
    if (sharedMs !== null) return sharedMs
    aloneMs = now()
    return isWary ? 0 : limit.share.take()
  }
}
