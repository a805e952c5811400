/**
 * The entries that this process has, bounded by number and bytes over all regions. A region finds its own by key alone:
 * joining region and key into one string would cost three times what the look-up does.
 */
import type { Tags } from './cache.ts'
import { tagsIn } from './envelope.ts'
import { firstToEnd } from './first-to-end.ts'
import { leastFrequentlyUsed } from './least-frequently-used.ts'
import { leastRecentlyUsed } from './least-recently-used.ts'
import type { Policy, Shelf, Slot } from './slot.ts'

export const policies = {
  lru: leastRecentlyUsed,
  lfu: leastFrequentlyUsed,
  ttl: firstToEnd,
} as const satisfies Record<string, () => Policy>

export interface MemoryEntry {
  /** An envelope; null: value and tags are given. */
  readonly text: string | null
  /** Frozen. */
  readonly value: unknown
  readonly tags: Tags | undefined
  readonly bytes: number
  readonly expiresAtMs: number
}

export interface MemoryTier {
  addShelf(open: (text: string) => unknown): Shelf
  /** What is there and not over; counts as a use. Never undefined as a value. */
  get(shelf: Shelf, key: string): unknown
  /** False: it is larger than the whole memory, or over already. Then nothing is there under this key. */
  set(shelf: Shelf, key: string, entry: MemoryEntry): boolean
  delete(shelf: Shelf, key: string): boolean
  /** Forgets what has such tags. Answers how many. */
  forget(matching: (tags: Tags) => boolean): number
  size(): { readonly entries: number; readonly bytes: number }
}

export function createMemoryTier(parts: {
  readonly policy: keyof typeof policies
  readonly maxEntries: number
  readonly maxBytes: number
  now(): number
}): MemoryTier {
  const { maxEntries, maxBytes, now } = parts
  const policy = policies[parts.policy]()
  const shelves: Shelf[] = []
  let entries = 0
  let bytes = 0

  function drop(slot: Slot): void {
    slot.shelf.slots.delete(slot.key)
    policy.removed(slot)
    entries--
    bytes -= slot.bytes
  }

  /** False where nobody is left to go. */
  function makeRoom(): boolean {
    const slot = policy.first()
    if (!slot) return false
    drop(slot)
    if (slot.expiresAtMs <= now()) slot.shelf.counts.expirations++
    else slot.shelf.counts.evictions++
    return true
  }

  return {
    addShelf(open) {
      const shelf: Shelf = {
        open,
        slots: new Map(),
        counts: { hits: 0, misses: 0, sets: 0, evictions: 0, expirations: 0 },
      }
      shelves.push(shelf)
      return shelf
    },
    get(shelf, key) {
      const slot = shelf.slots.get(key)
      if (slot !== undefined) {
        if (slot.expiresAtMs > now()) {
          policy.used(slot)
          shelf.counts.hits++
          if (slot.text !== null) {
            slot.value = shelf.open(slot.text)
            slot.tags = tagsIn(slot.text)
            slot.text = null
          }
          return slot.value
        }
        drop(slot)
        shelf.counts.expirations++
      }
      shelf.counts.misses++
      return undefined
    },
    set(shelf, key, entry) {
      const former = shelf.slots.get(key)
      if (former) drop(former)
      if (entry.bytes > maxBytes || entry.expiresAtMs <= now()) return false
      while ((entries >= maxEntries || bytes + entry.bytes > maxBytes) && makeRoom());
      const slot: Slot = {
        shelf,
        key,
        text: entry.text,
        value: entry.value,
        tags: entry.tags,
        bytes: entry.bytes,
        expiresAtMs: entry.expiresAtMs,
        older: null,
        newer: null,
        bucket: null,
        place: -1,
      }
      shelf.slots.set(key, slot)
      policy.added(slot)
      entries++
      bytes += entry.bytes
      shelf.counts.sets++
      return true
    },
    delete(shelf, key) {
      const slot = shelf.slots.get(key)
      if (slot) drop(slot)
      return slot !== undefined
    },
    forget(matching) {
      const before = entries
      for (const { slots } of shelves) {
        for (const slot of slots.values()) {
          const tags = slot.text === null ? slot.tags : tagsIn(slot.text)
          // What cannot be read is nobody's.
          if (!tags || matching(tags)) drop(slot)
        }
      }
      return before - entries
    },
    size: () => ({ entries, bytes }),
  }
}
