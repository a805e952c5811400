import { describe, expect, it } from '@jest/globals'
import { createBreakers } from '../../../src/resilience/breaker.ts'

const options = { threshold: 3, windowMs: 60_000, openMs: 30_000, longestOpenMs: 100_000, probeMs: 20_000 }

function scene() {
  let nowMs = 0
  const breakers = createBreakers(options, () => nowMs)
  return {
    breakers,
    tick: (ms: number) => {
      nowMs += ms
    },
    fail: (times: number, stage: 'submission' | 'completion' = 'submission') => {
      for (let n = 0; n < times; n += 1) breakers.failed('a', stage, 'it fails')
    },
    state: () => breakers.of('a').state,
  }
}

describe('a breaker', () => {
  it('opens after so many failures within the window, and says why and until when', () => {
    const { breakers, fail, state } = scene()
    fail(2)
    expect([state(), breakers.admit('a')]).toEqual(['closed', true])
    fail(1)
    expect(breakers.of('a')).toEqual({ state: 'open', opensUntil: new Date(30_000), why: 'it fails' })
    expect(breakers.admit('a')).toBe(false)
    expect(breakers.open()).toMatchObject([{ name: 'a', state: 'open' }])
  })

  it('forgets failures that are long ago, and those before a success', () => {
    const old = scene()
    old.fail(2)
    old.tick(60_001)
    old.fail(2)
    expect(old.state()).toBe('closed')
    const mended = scene()
    mended.fail(2)
    mended.breakers.succeeded('a', 'completion')
    mended.fail(2)
    expect(mended.state()).toBe('closed')
  })

  it('is not talked out of its failures by work that is only taken', () => {
    const { breakers, fail, state } = scene()
    fail(2, 'completion')
    breakers.succeeded('a', 'submission')
    fail(1, 'completion')
    expect(state()).toBe('open')
  })

  it('lets one probe through at a time, and closes on its success', () => {
    const { breakers, fail, tick, state } = scene()
    fail(3)
    tick(30_000)
    expect(state()).toBe('half-open')
    expect([breakers.admit('a'), breakers.admit('a')]).toEqual([true, false])
    breakers.succeeded('a', 'submission')
    expect([state(), breakers.admit('a'), breakers.admit('a')]).toEqual(['closed', true, true])
  })

  it('opens for twice as long after each probe that fails, up to a bound', () => {
    const { breakers, fail, tick } = scene()
    fail(3)
    const spells: number[] = []
    for (let n = 0; n < 3; n += 1) {
      tick(200_000)
      breakers.admit('a')
      fail(1)
      const { opensUntil } = breakers.of('a')
      spells.push(opensUntil!.getTime() - 200_000 * (n + 1))
    }
    expect(spells).toEqual([60_000, 100_000, 100_000])
  })

  it('counts a probe of which nothing is heard as lost, and sends another', () => {
    const { breakers, fail, tick } = scene()
    fail(3)
    tick(30_000)
    breakers.admit('a')
    tick(19_999)
    expect(breakers.admit('a')).toBe(false)
    tick(1)
    expect(breakers.admit('a')).toBe(true)
  })

  it('that was opened by what never finishes is closed by what finishes', () => {
    const { breakers, fail, tick, state } = scene()
    fail(3, 'completion')
    tick(30_000)
    breakers.admit('a')
    breakers.succeeded('a', 'submission')
    expect(state()).toBe('half-open')
    breakers.succeeded('a', 'completion')
    expect(state()).toBe('closed')
  })

  it('hears nothing from what was sent before it opened', () => {
    const { breakers, fail, tick, state } = scene()
    fail(3)
    breakers.succeeded('a', 'completion')
    fail(5)
    expect(breakers.of('a').opensUntil).toEqual(new Date(30_000))
    tick(30_000)
    breakers.succeeded('a', 'completion')
    expect(state()).toBe('half-open')
  })

  it('can be tripped at once, and keeps to its own name', () => {
    const { breakers } = scene()
    breakers.trip('account', 'its key is refused')
    expect([breakers.admit('account'), breakers.admit('a')]).toEqual([false, true])
  })
})
