import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createMemoryTier, policies } from '../../../src/cache/memory-tier.ts'

type Policy = keyof typeof policies
const names = Object.keys(policies) as Policy[]
const asIs = (text: string): unknown => text
const entry = (over: { value?: unknown; text?: string; bytes?: number; expiresAtMs?: number; user?: string } = {}) => ({
  text: over.text ?? null,
  value: over.text ? undefined : (over.value ?? 'v'),
  tags: over.text ? undefined : { user: over.user ?? 'ada' },
  bytes: over.bytes ?? 1,
  expiresAtMs: over.expiresAtMs ?? 1_000,
})

function open(policy: Policy, bounds: { maxEntries?: number; maxBytes?: number } = {}) {
  const clock = { ms: 0 }
  const memory = createMemoryTier({ policy, maxEntries: 3, maxBytes: 100, now: () => clock.ms, ...bounds })
  const shelf = memory.addShelf(asIs)
  const there = (...keys: string[]) => keys.filter((key) => shelf.slots.has(key))
  return { memory, shelf, clock, there }
}

describe.each(names)('memory under %s', (policy) => {
  it('gives back what was put in, and counts both looks', () => {
    const { memory, shelf } = open(policy)
    expect(memory.set(shelf, 'a', entry({ value: { deep: [1] } }))).toBe(true)
    expect(memory.get(shelf, 'a')).toEqual({ deep: [1] })
    expect(memory.get(shelf, 'b')).toBeUndefined()
    expect(shelf.counts).toEqual({ hits: 1, misses: 1, sets: 1, evictions: 0, expirations: 0 })
  })

  it('opens an envelope when it is first asked for, and forgets one by tags without that', () => {
    const opened: string[] = []
    const { memory } = open(policy)
    const shelf = memory.addShelf((text) => {
      opened.push(text)
      return { text }
    })
    const texts = { a: '1000{"user":"ada"}\n1', b: '1000{"user":"bob"}\n2', c: '1000{"user":' }
    for (const [key, text] of Object.entries(texts)) memory.set(shelf, key, entry({ text }))
    expect(memory.get(shelf, 'a')).toBe(memory.get(shelf, 'a'))
    expect(memory.forget(({ user }) => user === 'bob')).toBe(2)
    expect(opened).toEqual([texts.a])
    expect(memory.forget(({ user }) => user === 'ada')).toBe(1)
  })

  it('holds no more entries than it may', () => {
    const { memory, shelf } = open(policy)
    for (const key of ['a', 'b', 'c', 'd', 'e']) memory.set(shelf, key, entry())
    expect(memory.size()).toEqual({ entries: 3, bytes: 3 })
    expect(shelf.counts.evictions).toBe(2)
  })

  it('holds no more bytes than it may, over all shelves', () => {
    const { memory, shelf } = open(policy)
    const other = memory.addShelf(asIs)
    memory.set(other, 'a', entry({ bytes: 60 }))
    memory.set(shelf, 'b', entry({ bytes: 60 }))
    expect(memory.size()).toEqual({ entries: 1, bytes: 60 })
    expect(other.counts.evictions).toBe(1)
    expect(memory.get(shelf, 'b')).toBe('v')
  })

  it('does not keep what is larger than all its room, nor what was there under that key, nor throw others out for it', () => {
    const { memory, shelf, there } = open(policy)
    memory.set(shelf, 'a', entry())
    memory.set(shelf, 'b', entry())
    expect(memory.set(shelf, 'b', entry({ bytes: 101 }))).toBe(false)
    expect(there('a', 'b')).toEqual(['a'])
    expect(memory.size()).toEqual({ entries: 1, bytes: 1 })
    expect(shelf.counts.evictions).toBe(0)
  })

  it('ends an entry by the clock, and counts that apart from evictions', () => {
    const { memory, shelf, clock } = open(policy)
    memory.set(shelf, 'a', entry({ expiresAtMs: 10 }))
    clock.ms = 9
    expect(memory.get(shelf, 'a')).toBe('v')
    clock.ms = 10
    expect(memory.get(shelf, 'a')).toBeUndefined()
    expect(memory.set(shelf, 'a', entry({ expiresAtMs: 10 }))).toBe(false)
    expect(memory.size()).toEqual({ entries: 0, bytes: 0 })
    expect(shelf.counts).toMatchObject({ expirations: 1, evictions: 0 })
  })

  it('makes room by what is over anyway without calling it an eviction', () => {
    const { memory, shelf, clock } = open(policy)
    for (const key of ['a', 'b', 'c']) memory.set(shelf, key, entry({ expiresAtMs: 10 }))
    clock.ms = 11
    memory.set(shelf, 'd', entry())
    expect(shelf.counts).toMatchObject({ expirations: 1, evictions: 0 })
  })

  it('counts neither a replacement nor a deletion as an eviction, and keeps the sum of bytes', () => {
    const { memory, shelf } = open(policy)
    memory.set(shelf, 'a', entry({ bytes: 10 }))
    memory.set(shelf, 'a', entry({ bytes: 30, value: 'w' }))
    expect(memory.get(shelf, 'a')).toBe('w')
    expect(memory.size()).toEqual({ entries: 1, bytes: 30 })
    expect([memory.delete(shelf, 'a'), memory.delete(shelf, 'a')]).toEqual([true, false])
    expect(memory.size()).toEqual({ entries: 0, bytes: 0 })
    expect(shelf.counts).toMatchObject({ evictions: 0, expirations: 0 })
  })

  it('forgets by tags, on every shelf', () => {
    const { memory, shelf, there } = open(policy)
    const other = memory.addShelf(asIs)
    memory.set(shelf, 'a', entry({ user: 'ada' }))
    memory.set(shelf, 'b', entry({ user: 'bob' }))
    memory.set(other, 'a', entry({ user: 'ada' }))
    expect(memory.forget(({ user }) => user === 'ada')).toBe(2)
    expect([there('a', 'b'), other.slots.size]).toEqual([['b'], 0])
  })

  it('does as a slow and simple one does, whatever is asked of it', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), key, bytes: fc.integer({ min: 1, max: 60 }), ttl: fc.nat(20) }),
      fc.record({ do: fc.constant('get' as const), key }),
      fc.record({ do: fc.constant('delete' as const), key }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.nat(5) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { memory, shelf, clock } = open(policy, { maxEntries: 4 })
        const simple = createSimpleTier(policy, 4, 100)
        for (const [index, at] of steps.entries()) {
          if (at.do === 'wait') clock.ms += at.ms
          else if (at.do === 'delete') {
            memory.delete(shelf, at.key)
            simple.delete(at.key)
          } else if (at.do === 'get') {
            expect(memory.get(shelf, at.key)).toBe(simple.get(at.key, clock.ms))
          } else {
            // No two end together: whom the heap takes then is its own affair.
            const expiresAtMs = clock.ms + at.ttl + index / 100
            memory.set(shelf, at.key, entry({ value: at.key, bytes: at.bytes, expiresAtMs }))
            simple.set(at.key, at.bytes, expiresAtMs, clock.ms)
          }
          expect([...shelf.slots.keys()].sort()).toEqual(simple.keys())
          expect(memory.size().bytes).toBe(simple.bytes())
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('who makes room', () => {
  function fill(policy: Policy) {
    const opened = open(policy)
    opened.memory.set(opened.shelf, 'late', entry({ expiresAtMs: 300 }))
    opened.memory.set(opened.shelf, 'soon', entry({ expiresAtMs: 100 }))
    opened.memory.set(opened.shelf, 'later', entry({ expiresAtMs: 200 }))
    for (const key of ['late', 'late', 'late', 'soon', 'soon', 'later', 'late', 'soon'])
      opened.memory.get(opened.shelf, key)
    opened.memory.set(opened.shelf, 'new', entry())
    return opened.there('late', 'soon', 'later', 'new')
  }

  it('is the one unused for longest', () => expect(fill('lru')).toEqual(['late', 'soon', 'new']))
  it('is the one used least', () => expect(fill('lfu')).toEqual(['late', 'soon', 'new']))
  it('is the one that ends first', () => expect(fill('ttl')).toEqual(['late', 'later', 'new']))

  it('differs between used long ago and used seldom', () => {
    const left = (policy: Policy) => {
      const { memory, shelf, there } = open(policy)
      for (const key of ['often', 'seldom', 'other']) memory.set(shelf, key, entry())
      for (const key of ['often', 'often', 'other', 'other', 'seldom']) memory.get(shelf, key)
      memory.set(shelf, 'new', entry())
      return there('often', 'seldom', 'other', 'new')
    }
    expect(left('lru')).toEqual(['seldom', 'other', 'new'])
    expect(left('lfu')).toEqual(['often', 'other', 'new'])
  })
})

/** Sorts whenever it must choose. */
function createSimpleTier(policy: Policy, maxEntries: number, maxBytes: number) {
  const kept = new Map<string, { bytes: number; endsMs: number; usedAt: number; uses: number }>()
  let turn = 0
  const bytes = () => [...kept.values()].reduce((sum, one) => sum + one.bytes, 0)
  const rank = (one: { endsMs: number; usedAt: number; uses: number }) =>
    policy === 'lru' ? [one.usedAt, 0] : policy === 'lfu' ? [one.uses, one.usedAt] : [one.endsMs, 0]
  return {
    bytes,
    keys: () => [...kept.keys()].sort(),
    delete: (key: string) => void kept.delete(key),
    get(key: string, nowMs: number) {
      const one = kept.get(key)
      if (!one) return undefined
      if (one.endsMs <= nowMs) {
        kept.delete(key)
        return undefined
      }
      one.usedAt = ++turn
      one.uses++
      return key
    },
    set(key: string, size: number, endsMs: number, nowMs: number) {
      kept.delete(key)
      if (endsMs <= nowMs) return
      while (kept.size >= maxEntries || bytes() + size > maxBytes) {
        const [first] = [...kept].sort(([, a], [, b]) => {
          const [x, y] = [rank(a), rank(b)]
          return x[0]! - y[0]! || x[1]! - y[1]!
        })
        kept.delete(first![0])
      }
      kept.set(key, { bytes: size, endsMs, usedAt: ++turn, uses: 1 })
    },
  }
}
