/** Weathers that a simulator can be started in. Chance comes from the handed `random`, so a seed makes them repeatable. */
import type { Place } from './fault.ts'
import type { SimulatorClock } from './simulator-clock.ts'

export const profileNames = ['healthy', 'flaky', 'slow', 'rate-limited', 'down', 'hostile'] as const
export type ProfileName = (typeof profileNames)[number]

export interface Profile {
  /** How much longer jobs take. */
  readonly slowness: number
  /** Each answer comes so late. */
  readonly latencyMs: number
  /** The fault (as fault.ts spells it) that strikes this request, or null. */
  wire(place: Place): string | null
  /** The fault of a job that is being accepted, or null. */
  job(): string | null
}

const healthy: Profile = { slowness: 1, latencyMs: 0, wire: () => null, job: () => null }

/** Of a hundred, so many suffer this. */
type Odds = readonly (readonly [number, string])[]

const flakySubmit: Odds = [[8, 'http:503'], [6, 'http:500'], [4, 'cut:before'], [3, 'http:429:retry=2']] // biome-ignore format: a table
const flakyStatus: Odds = [[8, 'http:502:on=status'], [3, 'cut:before:status'], [3, 'json:broken:status']] // biome-ignore format: a table
const flakyJob: Odds = [[8, 'fail:internal'], [4, 'file:truncated'], [4, 'webhook:duplicate'], [4, 'webhook:none']] // biome-ignore format: a table
const hostileSubmit: Odds = [[10, 'json:broken'], [10, 'cut:after'], [5, 'timeout:after']] // biome-ignore format: a table
const hostileStatus: Odds = [[10, 'json:broken:status'], [10, 'http:418:on=status']] // biome-ignore format: a table
const hostileJob: Odds = [
  [12, 'file:elsewhere'], [12, 'file:redirect'], [12, 'file:endless'], [12, 'file:html'], [12, 'file:empty'],
  [10, 'webhook:forged'], [10, 'status:unknown'], [10, 'file:silent'], [10, 'file:black'],
] // biome-ignore format: a table

/** Requests a minute that `rate-limited` lets through. */
const requestsPerMinute = { submit: 6, status: 30 }

export function createProfile(
  name: ProfileName,
  { clock, random }: { clock: SimulatorClock; random: () => number },
): Profile {
  const draw = (odds: Odds): string | null => {
    let ball = random() * 100
    for (const [weight, text] of odds) {
      if (ball < weight) return text
      ball -= weight
    }
    return null
  }
  switch (name) {
    case 'healthy':
      return healthy
    case 'flaky':
      return {
        ...healthy,
        wire: (place) => (place === 'submit' ? draw(flakySubmit) : place === 'status' ? draw(flakyStatus) : null),
        job: () => draw(flakyJob),
      }
    case 'slow':
      return { ...healthy, slowness: 10, latencyMs: 2000, job: () => 'file:slow' }
    case 'rate-limited':
      return { ...healthy, wire: limitRates(clock) }
    case 'down':
      return { ...healthy, wire: (place) => `http:503:on=${place}` }
    case 'hostile':
      return {
        ...healthy,
        wire: (place) => (place === 'submit' ? draw(hostileSubmit) : place === 'status' ? draw(hostileStatus) : null),
        job: () => draw(hostileJob),
      }
  }
}

/** A window of one minute for each place; Retry-After says when its oldest request leaves it. */
function limitRates(clock: SimulatorClock): Profile['wire'] {
  const windows = { submit: [] as number[], status: [] as number[] }
  return (place) => {
    if (place !== 'submit' && place !== 'status') return null
    const nowMs = clock.now().getTime()
    const recent = windows[place].filter((ms) => ms > nowMs - 60_000)
    windows[place] = recent
    if (recent.length >= requestsPerMinute[place]) {
      const retrySeconds = Math.max(1, Math.ceil((recent[0]! + 60_000 - nowMs) / 1000))
      return `http:429:retry=${retrySeconds}:on=${place}`
    }
    recent.push(nowMs)
    return null
  }
}
