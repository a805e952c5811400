import { type Bucket, type Policy, type Slot, SlotList } from './slot.ts'

/** The one used least makes room; among equals the one unused for longest. What was popular once leaves when its time is over. */
export function leastFrequentlyUsed(): Policy {
  let least: Bucket | null = null

  function bucketAfter(less: Bucket | null, uses: number): Bucket {
    const more = less ? less.more : least
    if (more?.uses === uses) return more
    const bucket: Bucket = { uses, slots: new SlotList(), less, more }
    if (more) more.less = bucket
    if (less) less.more = bucket
    else least = bucket
    return bucket
  }

  function enter(slot: Slot, bucket: Bucket): void {
    slot.bucket = bucket
    bucket.slots.push(slot)
  }

  function leave(slot: Slot, bucket: Bucket): void {
    slot.bucket = null
    bucket.slots.remove(slot)
    if (bucket.slots.oldest) return
    if (bucket.more) bucket.more.less = bucket.less
    if (bucket.less) bucket.less.more = bucket.more
    else least = bucket.more
  }

  return {
    added: (slot) => enter(slot, bucketAfter(null, 1)),
    used(slot) {
      const bucket = slot.bucket!
      const uses = bucket.uses + 1
      const isAlone = bucket.slots.oldest === bucket.slots.newest
      if (isAlone && bucket.more?.uses !== uses) {
        bucket.uses = uses
        return
      }
      const next = bucketAfter(bucket, uses)
      leave(slot, bucket)
      enter(slot, next)
    },
    removed: (slot) => leave(slot, slot.bucket!),
    first: () => least?.slots.oldest ?? null,
  }
}
