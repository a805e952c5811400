/**
 * What the nodes of an installation share beside the database, all of it only to be quicker and fairer: caches, word between
 * them, and how many they are. Without Redis each keeps to itself.
 */
import type { Logger } from 'pino'
import type { Cache } from '../cache/cache.ts'
import { createCache } from '../cache/create-cache.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/open-database.ts'
import { type Bus, openBus } from '../resilience/bus.ts'
import { openRedis, type RedisLink } from '../resilience/redis-link.ts'

/** How stale the number of nodes may be. */
const countEveryMs = 5_000

export interface Shared {
  readonly cache: Cache
  /** Null where there is no Redis. */
  readonly link: RedisLink | null
  readonly bus: Bus | null
  /** Live processes on this database, as last counted. */
  nodes(): number
  close(): Promise<void>
}

export async function openShared({
  config,
  database,
  log,
}: {
  readonly config: Config
  readonly database: Pick<Database, 'countNodes'>
  readonly log: Logger
}): Promise<Shared> {
  const link = config.redisUrl === undefined ? null : openRedis(config.redisUrl, log.child({ room: 'resilience' }))
  const bus = config.redisUrl === undefined ? null : openBus(config.redisUrl, log.child({ room: 'resilience' }))
  const cache = createCache({
    policy: config.cachePolicy,
    maxEntries: config.cacheMaxEntries,
    maxBytes: config.cacheMaxBytes,
    ttlMs: config.cacheTtlMs,
    link,
    bus,
    now: () => Date.now(),
    log: log.child({ room: 'cache' }),
  })
  let nodes = await database.countNodes()
  const counting = setInterval(() => {
    database.countNodes().then(
      (count) => {
        nodes = count
      },
      // The last count is good enough while the database is away.
      (error: unknown) => log.debug({ event: 'nodes_uncounted', err: error }, 'could not count the nodes'),
    )
  }, countEveryMs)
  return {
    cache,
    link,
    bus,
    nodes: () => nodes,
    async close() {
      clearInterval(counting)
      await cache.close()
      await bus?.close()
      link?.close()
    },
  }
}
