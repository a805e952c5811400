import { describe, expect, it } from '@jest/globals'
import type { SlotClaim } from '../../../src/generations/ports.ts'
import { fairOrder, slotPlaces } from '../../../src/generations/slots.ts'

let count = 0
const claim = (tenantId: string, given: Partial<SlotClaim> = {}): SlotClaim => {
  count += 1
  return {
    attemptId: `att_${String(count).padStart(3, '0')}`,
    workId: `wrk_${count}`,
    version: 1,
    tenantId,
    priority: 'normal',
    runsHere: false,
    slot: 'waiting',
    since: new Date(count * 1000),
    servedAt: null,
    expectedSeconds: 20,
    ...given,
  }
}
const tenants = (claims: readonly SlotClaim[]) => fairOrder(claims).map(({ tenantId }) => tenantId)

describe('the order before a provider', () => {
  it('is that of age for one user', () => {
    const claims = [claim('a'), claim('a'), claim('a')]
    expect(fairOrder([...claims].reverse()).map(({ attemptId }) => attemptId)).toEqual(
      claims.map((each) => each.attemptId),
    )
  })

  it('lets a newcomer in before the many that another user sent earlier', () => {
    expect(tenants([claim('a'), claim('a'), claim('a'), claim('b')])).toEqual(['a', 'b', 'a', 'a'])
  })

  it('counts what each user has already', () => {
    const held = { slot: 'held' } as const
    expect(tenants([claim('a', held), claim('a', held), claim('a'), claim('b', held), claim('b'), claim('b')])).toEqual(
      ['b', 'a', 'b'],
    )
  })

  it('goes round where each has as many', () => {
    const served = { servedAt: new Date(5) }
    expect(tenants([claim('a', served), claim('a', served), claim('b'), claim('b')])).toEqual(['b', 'a', 'b', 'a'])
  })

  it('lets priority decide among the works of one user only', () => {
    const claims = [claim('a'), claim('a', { priority: 'high' }), claim('b', { priority: 'low' })]
    expect(fairOrder(claims).map(({ tenantId, priority }) => `${tenantId} ${priority}`)).toEqual([
      'a high',
      'b low',
      'a normal',
    ])
  })

  it('tells each its place, and about how long it takes', () => {
    const claims = [claim('a', { slot: 'held' }), claim('a'), claim('a'), claim('a')]
    expect(slotPlaces(claims, 2).map(({ queue }) => queue)).toEqual([
      { ahead: 0, waitSeconds: 10, waitsFor: 'provider' },
      { ahead: 1, waitSeconds: 20, waitsFor: 'provider' },
      { ahead: 2, waitSeconds: 30, waitsFor: 'provider' },
    ])
  })
})
