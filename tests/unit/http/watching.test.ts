import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { AlertRule } from '../../../src/watching/alert-rules.ts'
import { problemOf, type RunningApp, startApp } from './support.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.stop())

const ask = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(app.url + path, { headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

describe('GET /health/{provider}', () => {
  it('answers as the guide does: 200, 206 with the status of the vendor, 500 with the reason', async () => {
    app.probes = {
      a: { status: 'healthy' },
      b: { status: 'degraded', statusCode: 503 },
      c: { status: 'unhealthy', error: 'API key not configured' },
    }
    expect(await ask('/health/a')).toEqual({ status: 200, body: { status: 'healthy', provider: 'a' } })
    expect(await ask('/health/b')).toEqual({
      status: 206,
      body: { status: 'degraded', provider: 'b', status_code: 503 },
    })
    expect(await ask('/health/c')).toEqual({
      status: 500,
      body: { status: 'unhealthy', provider: 'c', error: 'API key not configured' },
    })
  })

  it('knows only providers of the catalogue', async () => {
    await problemOf(await fetch(`${app.url}/health/nobody`), 404, 'provider-not-found')
    await problemOf(await fetch(`${app.url}/health/__proto__`), 404, 'provider-not-found')
  })
})

describe('GET /health', () => {
  it('tells how each provider is, and answers 503 only when nothing can be made', async () => {
    const known = { status: 'degraded', error: null, statusCode: 503, at: new Date(0), breaker: 'half-open' } as const
    app.health = { status: 'degraded', database: 'ok', providers: { a: known } }
    expect(await ask('/health')).toEqual({
      status: 200,
      body: {
        status: 'degraded',
        version: '1.2.3',
        database: 'ok',
        providers: {
          a: {
            status: 'degraded',
            error: null,
            status_code: 503,
            checked_at: '1970-01-01T00:00:00.000Z',
            breaker: 'half-open',
          },
        },
      },
    })
    app.health = { ...app.health, status: 'unhealthy' }
    expect((await ask('/health')).status).toBe(503)
  })
})

describe('GET /api/v1/alerts', () => {
  const rule: AlertRule = {
    name: 'cost-per-day',
    unit: 'money',
    alarms: 'above',
    bound: 100_000_000,
    minSample: 1,
    about: 'spent by one user today',
  }

  it('tells what is alarming and what each rule reads, money in the currency', async () => {
    const firedAt = new Date('2026-11-21T09:00:00Z')
    app.alerts = {
      alerts: [{ rule, subject: 'ten_1', value: 120_500_000, sample: 1, firedAt, resolvedAt: null }],
      rules: [
        { ...rule, reading: null },
        {
          ...rule,
          name: 'error-rate',
          unit: 'ratio',
          bound: 0.05,
          reading: { name: 'error-rate', subject: null, value: 1 / 3, sample: 3 },
        },
      ],
      windowSeconds: 900,
      currency: 'INR',
      readAt: firedAt,
    }
    expect((await ask('/api/v1/alerts')).body).toMatchObject({
      alerts: [
        {
          name: 'cost-per-day',
          state: 'firing',
          user: 'ten_1',
          bound: 100,
          value: 120.5,
          unit: 'INR',
          fired_at: firedAt.toISOString(),
          resolved_at: null,
        },
      ],
      rules: [
        { name: 'cost-per-day', value: null, sample: 0 },
        { name: 'error-rate', value: 0.3333, unit: 'ratio', sample: 3 },
      ],
    })
  })

  it('is for operators', async () => {
    const response = await fetch(`${app.url}/api/v1/alerts`, { headers: { 'X-Tenant': 'somebody' } })
    await problemOf(response, 403, 'operators-only')
  })
})

describe('GET /api/v1/costs', () => {
  it('is of the last thirty days up to today, where nothing is said', async () => {
    expect(await ask('/api/v1/costs')).toEqual({
      status: 200,
      body: { from: '2026-10-23', to: '2026-11-21', total: [], days: [] },
    })
    expect(app.costQuestions).toEqual([
      ['tenant-1', new Date('2026-10-23T00:00:00Z'), new Date('2026-11-22T00:00:00Z')],
    ])
  })

  it('adds up what the caller pays, and tells apart what the house does', async () => {
    const row = { day: '2026-11-20', provider: 'a', currency: 'INR', generations: 3 }
    app.costs = [
      { ...row, userMicros: 4_500_000, houseMicros: 2_000_000 },
      { ...row, currency: 'USD', userMicros: 10_001, houseMicros: 0 },
      { ...row, provider: 'b', currency: null, generations: 2, userMicros: 0, houseMicros: 0 },
      { ...row, day: '2026-11-19', userMicros: 100_000, houseMicros: 0 },
    ]
    const { body } = await ask('/api/v1/costs?from=2026-11-19&to=2026-11-20')
    expect(body).toMatchObject({
      total: [{ amount: '4.60' }, { amount: '0.010001' }],
      days: [
        {
          day: '2026-11-20',
          provider: 'a',
          generations: 3,
          cost: [{ amount: '4.50' }, { currency: 'USD' }],
          house_cost: [{ amount: '2.00' }],
        },
        { provider: 'b', generations: 2, cost: [], house_cost: [] },
        { day: '2026-11-19' },
      ],
    })
  })

  it.each(['from=yesterday', 'from=2026-02-30', 'from=2026-11-22&to=2026-11-21', 'from=2026-13-01', 'to=2026-11-31'])(
    'refuses %s',
    async (query) => {
      await problemOf(await fetch(`${app.url}/api/v1/costs?${query}`), 422, 'field-invalid')
      expect(app.costQuestions).toEqual([])
    },
  )
})
