import { describe, expect, it } from '@jest/globals'
import { createChance } from '../../../src/sandbox/chance.ts'
import { parseFault } from '../../../src/sandbox/fault.ts'
import { createProfile, profileNames } from '../../../src/sandbox/profiles.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { openRig } from './rig.ts'

function draws(name: (typeof profileNames)[number], seed: number, count = 2000) {
  const profile = createProfile(name, { clock: createVirtualClock(), random: createChance(seed) })
  return Array.from({ length: count }, () => [profile.wire('submit'), profile.wire('status'), profile.job()]).flat()
}

describe('a profile', () => {
  it.each(profileNames)('%s asks only for faults that there are', (name) => {
    for (const text of new Set(draws(name, 1))) if (text !== null) expect(() => parseFault(text)).not.toThrow()
  })

  it('is the same for the same seed, and another for another', () => {
    expect(draws('flaky', 7)).toEqual(draws('flaky', 7))
    expect(draws('flaky', 7)).not.toEqual(draws('flaky', 8))
  })

  it('flaky spoils about a fifth of the submissions', () => {
    const profile = createProfile('flaky', { clock: createVirtualClock(), random: createChance(1) })
    const spoilt = Array.from({ length: 5000 }, () => profile.wire('submit')).filter((text) => text !== null).length
    expect(spoilt / 5000).toBeGreaterThan(0.18)
    expect(spoilt / 5000).toBeLessThan(0.24)
  })

  it('healthy disturbs nothing', () => {
    expect(draws('healthy', 1).every((text) => text === null)).toBe(true)
  })

  it('slow takes ten times as long, and answers late', async () => {
    const rig = await openRig({ profile: 'slow' })
    expect(rig.control.state().switches.latencyMs).toBe(2000)
    rig.control.set({ latencyMs: 0 })
    const { body } = await rig.submit()
    expect(body.estimated_completion_time).toBe('2025-09-13T10:31:00Z')
  })

  it('rate-limited lets six submissions a minute through and says when the next may come', async () => {
    const rig = await openRig({ profile: 'rate-limited' })
    const seen = []
    for (let time = 0; time < 7; time += 1) {
      const { status, headers } = await rig.submit()
      seen.push([status, headers.get('retry-after')])
      rig.clock.advance(1000)
    }
    expect(seen).toEqual([...Array(6).fill([202, null]), [429, '54']])
    rig.clock.advance(53_000)
    expect((await rig.submit()).status).toBe(202)
  })

  it('down answers 503 everywhere', async () => {
    const rig = await openRig({ profile: 'down' })
    const answers = [await rig.submit(), await rig.status('veo3_job_1'), await rig.api('GET', '/health')]
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503])
  })

  it('hostile sends whoever believes it astray', () => {
    const drawn = new Set(draws('hostile', 1))
    for (const text of ['file:elsewhere', 'file:endless', 'webhook:forged', 'json:broken'])
      expect(drawn).toContain(text)
  })
})
