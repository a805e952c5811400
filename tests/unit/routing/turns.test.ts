import { describe, expect, it } from '@jest/globals'
import { createTurns } from '../../../src/routing/turns.ts'

describe('turns', () => {
  it('count up from work to work, and stay for the same one', () => {
    const turnOf = createTurns()
    expect(['a', 'b', 'a', 'c', 'b'].map(turnOf)).toEqual([0, 1, 0, 2, 1])
  })

  it('forget the oldest beyond a bound', () => {
    const turnOf = createTurns(2)
    expect(['a', 'b', 'c', 'b', 'a'].map(turnOf)).toEqual([0, 1, 2, 1, 3])
  })
})
