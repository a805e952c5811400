/** What an entry is known by when it is to be thrown away. */
export interface Tags {
  readonly user: string
  readonly provider?: string
  readonly model?: string
  /** What names and patterns of a selector match. */
  readonly name?: string
}

/** All that is given must hold; `{}` is everything. What an entry has no tag for, it does not match. */
export interface Selector {
  readonly name?: string
  /** Of names; `*` stands for any run of characters, also none. */
  readonly pattern?: string
  readonly provider?: string
  readonly model?: string
  readonly user?: string
}

/** Entries of one kind. Values are JSON: what comes out has been through `read`, and is frozen where several share it. */
export interface Region<T> {
  /** From memory, else from Redis (kept in memory then). Never rejects because of Redis. */
  get(key: string): Promise<T | undefined>
  /** Resolves when memory has it and Redis was told or given up; other nodes forget what they had. */
  set(key: string, value: T, tags: Tags): Promise<void>
  /** At every node. */
  delete(key: string): Promise<void>
  /**
   * One `make` for all who ask at once, at any node; without Redis one at each node. When it throws, its caller gets that and
   * the next who waits makes. An abort frees the caller alone: what is being made goes on for the others.
   * @throws what `make` throws; the signal's reason
   */
  getOrMake(
    key: string,
    make: () => Promise<{ readonly value: T; readonly tags: Tags }>,
    signal?: AbortSignal,
  ): Promise<T>
}

export interface RegionOptions<T> {
  /** Of letters, digits and dashes; once per cache. */
  readonly name: string
  /** What the JSON says, or undefined where it is of another shape: then it is a miss. */
  readonly read: (json: unknown) => T | undefined
  /** How long an entry lives; absent: as the cache says. */
  readonly ttlMs?: number
}

export interface Cache {
  region<T>(options: RegionOptions<T>): Region<T>
  /** Throws away what matches, at every node. `memory` counts this node's; `pending`: Redis is away, and is told before anything is read from it again. */
  invalidate(selector: Selector): Promise<{ readonly memory: number; readonly redis: number | 'pending' }>
  /** Since the start of this process. Asks Redis for what it threw out, within the link's bounded wait. */
  stats(): Promise<CacheStats>
  close(): Promise<void>
}

export interface LookUps {
  readonly hits: number
  readonly misses: number
  /** 0 to 1; null where nothing was looked up. */
  readonly hitRate: number | null
}

export interface MemoryStats extends LookUps {
  readonly policy: 'lru' | 'lfu' | 'ttl'
  readonly sets: number
  /** Made room for others. */
  readonly evictions: number
  readonly expirations: number
  readonly entries: number
  readonly maxEntries: number
  readonly bytes: number
  readonly maxBytes: number
}

export interface RedisStats extends LookUps {
  readonly state: 'up' | 'away'
  readonly sets: number
  /** Of the whole Redis since it was started, as it says itself; null while it is away. */
  readonly evictions: number | null
  readonly expirations: number | null
  /** Questions without an answer in time, refused writes, unreadable entries. */
  readonly errors: number
  /** Invalidations that Redis has not been told yet. */
  readonly pending: number
}

export interface RegionStats extends LookUps {
  readonly memory: LookUps & { readonly sets: number; readonly evictions: number; readonly expirations: number }
  /** Null where there is no Redis. */
  readonly redis: (LookUps & { readonly sets: number }) | null
  /** What was made here, and how often somebody waited for what another made, here or elsewhere. */
  readonly led: number
  readonly followed: number
}

export interface CacheStats extends LookUps {
  readonly memory: MemoryStats
  /** Null where there is no Redis. */
  readonly redis: RedisStats | null
  readonly led: number
  readonly followed: number
  readonly regions: Readonly<Record<string, RegionStats>>
}
