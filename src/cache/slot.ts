import type { Tags } from './cache.ts'

/** What of a region is in memory, by key. */
export interface Shelf {
  /** The value in an envelope, frozen. */
  readonly open: (text: string) => unknown
  readonly slots: Map<string, Slot>
  readonly counts: { hits: number; misses: number; sets: number; evictions: number; expirations: number }
}

/** One entry in memory. */
export interface Slot {
  readonly shelf: Shelf
  readonly key: string
  /** The envelope that it came in, until somebody asks for it: many are never asked for again. */
  text: string | null
  /** Frozen. Undefined as long as it is in its envelope. */
  value: unknown
  tags: Tags | undefined
  readonly bytes: number
  readonly expiresAtMs: number
  /** Marks of the policy that it is under; nobody else's. */
  older: Slot | null
  newer: Slot | null
  bucket: Bucket | null
  place: number
}

/** Slots that were used equally often, between those used less and more often. */
export interface Bucket {
  uses: number
  readonly slots: SlotList
  less: Bucket | null
  more: Bucket | null
}

/** Who makes room when memory is full. Every operation is at most logarithmic. */
export interface Policy {
  added(slot: Slot): void
  used(slot: Slot): void
  removed(slot: Slot): void
  first(): Slot | null
}

/** Slots by when they were put in; the links are in the slots themselves. */
export class SlotList {
  oldest: Slot | null = null
  newest: Slot | null = null

  push(slot: Slot): void {
    slot.older = this.newest
    slot.newer = null
    if (this.newest) this.newest.newer = slot
    else this.oldest = slot
    this.newest = slot
  }

  remove(slot: Slot): void {
    if (slot.older) slot.older.newer = slot.newer
    else this.oldest = slot.newer
    if (slot.newer) slot.newer.older = slot.older
    else this.newest = slot.older
    slot.older = null
    slot.newer = null
  }
}
