import type { Policy, Slot } from './slot.ts'

/** The one that ends first makes room, however much it is used: a binary heap by when they end. */
export function firstToEnd(): Policy {
  const heap: Slot[] = []

  function put(slot: Slot, place: number): void {
    heap[place] = slot
    slot.place = place
  }

  function rise(slot: Slot, from: number): void {
    let place = from
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = heap[above]!
      if (parent.expiresAtMs <= slot.expiresAtMs) break
      put(parent, place)
      place = above
    }
    put(slot, place)
  }

  function sink(slot: Slot, from: number): void {
    let place = from
    for (;;) {
      const left = 2 * place + 1
      const right = left + 1
      if (left >= heap.length) break
      const below = right < heap.length && heap[right]!.expiresAtMs < heap[left]!.expiresAtMs ? right : left
      const child = heap[below]!
      if (child.expiresAtMs >= slot.expiresAtMs) break
      put(child, place)
      place = below
    }
    put(slot, place)
  }

  return {
    added(slot) {
      heap.push(slot)
      rise(slot, heap.length - 1)
    },
    used() {},
    removed(slot) {
      const last = heap.pop()!
      if (last === slot) return
      if (last.expiresAtMs < slot.expiresAtMs) rise(last, slot.place)
      else sink(last, slot.place)
    },
    first: () => heap[0] ?? null,
  }
}
