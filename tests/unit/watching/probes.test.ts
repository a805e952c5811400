import { beforeEach, describe, expect, it } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import { readHealth } from '../../../src/watching/health.ts'
import { createProbes, type Probed, type Probes } from '../../../src/watching/probes.ts'
import type { BreakerStates } from '../../../src/watching/vendor-figures.ts'

let nowMs: number
let asked: number
let answer: () => Promise<{ status: number }>
let calls: string[]
let logged: unknown[]

beforeEach(() => {
  nowMs = 1_000_000
  asked = 0
  answer = async () => ({ status: 200 })
  calls = []
  logged = []
})

const clock = { now: () => new Date(nowMs) }
const vendor: Probed = {
  id: 'a',
  missing: null,
  ask: () => {
    asked += 1
    return answer()
  },
}
const start = (...providers: readonly Probed[]): Probes =>
  createProbes({
    providers: providers.length > 0 ? providers : [vendor],
    clock,
    log: { warn: (...line: unknown[]) => void logged.push(line) },
    observer: { called: ({ provider, what, fault }) => void calls.push(`${provider} ${what} ${fault}`) },
    ttlMs: 5_000,
    timeoutMs: 10,
  })
const resultOf = async (probes: Probes, id = 'a') => (await probes.probe(id))?.result

describe('the probes', () => {
  it('call a vendor healthy that answers 200, and degraded that answers anything else', async () => {
    expect(await resultOf(start())).toEqual({ status: 'healthy' })
    answer = async () => ({ status: 503 })
    expect(await resultOf(start())).toEqual({ status: 'degraded', statusCode: 503 })
    expect(calls).toEqual(['a probe null', 'a probe null'])
  })

  it('ask nobody where something is missing, and say what', async () => {
    const probes = start({ ...vendor, missing: 'API key not configured' })
    expect(await resultOf(probes)).toEqual({ status: 'unhealthy', error: 'API key not configured' })
    expect(asked).toBe(0)
  })

  it('know nothing of a provider that there is not', () => {
    expect(start().probe('b')).toBeNull()
  })

  it('ask once for all who want to know within the time that an answer is good for', async () => {
    const probes = start()
    const answers = await Promise.all(Array.from({ length: 50 }, () => probes.probe('a')))
    expect(new Set(answers).size).toBe(1)
    nowMs += 4_999
    await probes.probe('a')
    expect(asked).toBe(1)
    nowMs += 1
    await Promise.all([probes.probe('a'), probes.probe('a')])
    expect(asked).toBe(2)
  })

  it('wait no longer than they may, even for one that hears no signal', async () => {
    answer = () => new Promise(() => {})
    expect(await resultOf(start())).toEqual({ status: 'unhealthy', error: 'no answer within 0.01 s' })
    expect(calls).toEqual(['a probe cut-off'])
  })

  it('tell of a failure in words that hold no key and no address', async () => {
    const secret = 'https://vendor.example/health?key=sk-canary'
    answer = async () => {
      throw new VendorFailure('unreachable', { cause: new Error(secret) })
    }
    expect(await resultOf(start())).toEqual({
      status: 'unhealthy',
      error: 'The provider cannot be reached at the moment.',
    })
    answer = async () => {
      throw new Error(`connect ECONNREFUSED ${secret}`)
    }
    expect(await resultOf(start())).toEqual({ status: 'unhealthy', error: 'it could not be asked' })
    expect(calls).toEqual(['a probe unreachable', 'a probe unreachable'])
    expect(logged).toHaveLength(2)
  })
})

describe('the health of the whole', () => {
  const absent: Probed = { id: 'b', missing: 'API key not configured', ask: null }
  let database: string
  let breakers: BreakerStates
  const healthOf = (probes: Probes) =>
    readHealth({ probes, checkDatabase: async () => database, breakers: () => breakers, clock })()
  beforeEach(() => {
    database = 'ok'
    breakers = {}
  })

  it('is told at once from what is known, and found out in the background', async () => {
    let release = () => {}
    answer = () => new Promise((resolve) => (release = () => resolve({ status: 503 })))
    const probes = start(vendor, absent)
    expect(await healthOf(probes)).toEqual({
      status: 'healthy',
      database: 'ok',
      providers: {
        a: { status: 'unknown', error: null, statusCode: null, at: null, breaker: null },
        b: { status: 'not-configured', error: 'API key not configured', statusCode: null, at: null, breaker: null },
      },
    })
    release()
    await probes.probe('a')
    expect(await healthOf(probes)).toMatchObject({
      status: 'degraded',
      providers: { a: { status: 'degraded', statusCode: 503, at: new Date(nowMs) } },
    })
    nowMs += 60_000
    await healthOf(probes)
    expect(asked).toBe(1)
    nowMs += 1
    await healthOf(probes)
    expect(asked).toBe(2)
    release()
  })

  it('is bad only when nothing can be made', async () => {
    const other: Probed = { id: 'c', missing: null, ask: async () => ({ status: 200 }) }
    const probes = start(vendor, other)
    answer = () => Promise.reject(new VendorFailure('unreachable'))
    await Promise.all([probes.probe('a'), probes.probe('c')])
    expect((await healthOf(probes)).status).toBe('degraded')
    breakers = { c: 'open' }
    expect(await healthOf(probes)).toMatchObject({ status: 'unhealthy', providers: { c: { breaker: 'open' } } })
    breakers = {}
    database = 'unreachable'
    expect((await healthOf(probes)).status).toBe('unhealthy')
    database = 'ok'
    expect((await healthOf(start(absent))).status).toBe('unhealthy')
  })

  it('is lessened by a breaker that is not closed', async () => {
    const probes = start(vendor, { id: 'c', missing: null, ask: null })
    await Promise.all([probes.probe('a'), probes.probe('c')])
    breakers = { a: 'closed' }
    expect((await healthOf(probes)).status).toBe('healthy')
    breakers = { a: 'half-open' }
    expect((await healthOf(probes)).status).toBe('degraded')
  })
})
