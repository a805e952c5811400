/** A part of the cache as the heart uses it: what comes back went through JSON, as it would come from another node. */
import type { Region, Tags } from '../../src/generations/region.ts'

export interface MemoryRegion<T> extends Region<T> {
  readonly entries: ReadonlyMap<string, { readonly json: string; readonly tags: Tags }>
}

export function createMemoryRegion<T>(read: (json: unknown) => T | undefined): MemoryRegion<T> {
  const entries = new Map<string, { readonly json: string; readonly tags: Tags }>()
  const making = new Map<string, Promise<T>>()
  const get = async (key: string) => {
    const kept = entries.get(key)
    return kept && read(JSON.parse(kept.json))
  }
  const set = async (key: string, value: T, tags: Tags) => {
    entries.set(key, { json: JSON.stringify(value), tags })
  }
  return {
    entries,
    get,
    set,
    delete: async (key) => void entries.delete(key),
    async getOrMake(key, make) {
      const ahead = making.get(key)
      if (ahead) return ahead
      const made = (async () => {
        const found = await get(key)
        if (found !== undefined) return found
        const { value, tags } = await make()
        await set(key, value, tags)
        return value
      })().finally(() => making.delete(key))
      making.set(key, made)
      return made
    },
  }
}
