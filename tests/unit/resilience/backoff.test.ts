import { describe, expect, it } from '@jest/globals'
import { backoffSeconds } from '../../../src/resilience/backoff.ts'

const backoff = { firstSeconds: 1, longestSeconds: 30 }

describe('the wait between tries', () => {
  it('doubles up to a bound', () => {
    expect([1, 2, 3, 4, 9].map((tries) => backoffSeconds(backoff, tries, 1))).toEqual([1, 2, 4, 8, 30])
  })

  it('is spread over its upper half, so that many do not come back together', () => {
    expect([backoffSeconds(backoff, 3, 0), backoffSeconds(backoff, 3, 0.5)]).toEqual([2, 3])
  })
})
