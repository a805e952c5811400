import { describe, expect, it } from '@jest/globals'
import { pollDelaySeconds } from '../../../src/generations/poll-delay.ts'

const startedAt = new Date('2026-11-21T10:00:00Z')
const later = (seconds: number) => new Date(startedAt.getTime() + seconds * 1000)
const call = { startedAt, deadlineAt: later(300) }
const polling = { firstSeconds: 10, everySeconds: 5, growth: 1.5, slowestSeconds: 15 }

describe('the wait before the next look', () => {
  it('grows with the time that the call has taken, up to a bound', () => {
    expect([10, 15, 22.5, 33.75, 200].map((at) => pollDelaySeconds(polling, call, later(at)))).toEqual([
      5, 7.5, 11.25, 15, 15,
    ])
  })

  it('never goes past the deadline of the call', () => {
    expect(pollDelaySeconds(polling, call, later(296))).toBe(4)
    expect(pollDelaySeconds(polling, call, later(400))).toBe(0)
  })

  it('is always the same where a provider wants it so', () => {
    const even = { firstSeconds: 2, everySeconds: 2, growth: 1, slowestSeconds: 2 }
    expect([2, 50, 200].map((at) => pollDelaySeconds(even, call, later(at)))).toEqual([2, 2, 2])
  })
})
