import { describe, expect, it } from '@jest/globals'
import { createVirtualClock, wait } from '../../../src/sandbox/simulator-clock.ts'

describe('the virtual clock', () => {
  it('runs what falls due in the order of its time, at its time, and what that asks for in turn', () => {
    const clock = createVirtualClock('2025-01-01T00:00:00.000Z')
    const ran: string[] = []
    const note = (name: string) => () => void ran.push(`${name} ${clock.now().getTime() % 100_000}`)
    clock.after(300, note('third'))
    clock.after(100, () => {
      note('first')()
      clock.after(100, note('second'))
    })
    clock.after(301, note('never'))
    clock.advance(300)
    expect(ran).toEqual(['first 100', 'second 200', 'third 300'])
    expect(clock.now().toISOString()).toBe('2025-01-01T00:00:00.300Z')
  })

  it('takes back what is no longer wanted', async () => {
    const clock = createVirtualClock()
    let ran = false
    clock.after(1, () => {
      ran = true
    })()
    clock.advance(1)
    expect(ran).toBe(false)
    await wait(clock, 0)
  })
})
