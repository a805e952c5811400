/** A part of the cache, as the heart uses it. What is in it may be gone, or be told by another node, at any moment. */

/** What an entry can be found by when it is to be thrown away. */
export interface Tags {
  /** The tenant whose it is. */
  readonly user: string
  readonly provider?: string
  readonly model?: string
  /** What keys and patterns match. */
  readonly name?: string
}

export interface Region<T> {
  get(key: string): Promise<T | undefined>
  set(key: string, value: T, tags: Tags): Promise<void>
  delete(key: string): Promise<void>
  /** One make for all who ask at once, on any node; when it throws, its caller gets that and the next one makes. */
  getOrMake(
    key: string,
    make: () => Promise<{ readonly value: T; readonly tags: Tags }>,
    signal?: AbortSignal,
  ): Promise<T>
}

/** Keeps nothing: for an installation without a cache. */
export function emptyRegion<T>(): Region<T> {
  return {
    get: async () => undefined,
    set: async () => {},
    delete: async () => {},
    getOrMake: async (_key, make) => (await make()).value,
  }
}
