import { type Policy, SlotList } from './slot.ts'

/** The one unused for longest makes room. */
export function leastRecentlyUsed(): Policy {
  const slots = new SlotList()
  return {
    added: (slot) => slots.push(slot),
    used(slot) {
      if (slots.newest === slot) return
      slots.remove(slot)
      slots.push(slot)
    },
    removed: (slot) => slots.remove(slot),
    first: () => slots.oldest,
  }
}
