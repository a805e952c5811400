import { beforeEach, describe, expect, it } from '@jest/globals'
import type { Alert } from '../../../src/watching/alert-board.ts'
import { type AlertBounds, alertRules } from '../../../src/watching/alert-rules.ts'
import type { TenantCost, WindowFigures } from '../../../src/watching/ports.ts'
import { type AlertWatch, watchAlerts } from '../../../src/watching/watch-alerts.ts'

const bounds: AlertBounds = {
  errorRate: 0.05,
  meanSeconds: 60,
  hitRate: 0.7,
  fallbackRate: 0.2,
  costPerGenerationMicros: 5_000_000,
  costPerDayMicros: 100_000_000,
  minSample: 5,
  hitRateMinSample: 20,
}

const quiet: WindowFigures = {
  attempts: 0,
  failedAttempts: 0,
  made: { count: 0, seconds: 0 },
  accepted: { count: 0, hits: 0 },
  begun: { first: 0, fallbacks: 0 },
  costMicros: 0,
}

let now: Date
let figures: WindowFigures
let spenders: readonly TenantCost[]
let asked: unknown[]
let log: Record<string, unknown>[]
let pushed: Alert[]
let alerts: AlertWatch

const start = (changes: Partial<AlertBounds> = {}) => {
  const keep = (fields: unknown) => void log.push(fields as Record<string, unknown>)
  alerts = watchAlerts({
    store: {
      async figuresSince(...question) {
        asked.push(question)
        return figures
      },
      async spendersSince(...question) {
        asked.push(question)
        return spenders
      },
    },
    clock: { now: () => now },
    log: { info: keep, warn: keep } as never,
    rules: alertRules({ ...bounds, ...changes }),
    windowSeconds: 900,
    currency: 'INR',
  })
  alerts.subscribe((change) => pushed.push(change))
}

beforeEach(() => {
  now = new Date('2026-11-21T10:00:00Z')
  figures = quiet
  spenders = []
  asked = []
  log = []
  pushed = []
  start()
})

const told = () => log.map(({ event, alert, value }) => `${event} ${alert} ${value}`)
const look = async (changes: Partial<WindowFigures>) => {
  figures = { ...quiet, ...changes }
  now = new Date(now.getTime() + 15_000)
  await alerts.look()
}

describe('the alerts', () => {
  it('ask for the window up to now, and for the day so far in UTC', async () => {
    await alerts.look()
    expect(asked).toEqual([
      [new Date('2026-11-21T09:45:00Z'), 'INR'],
      [new Date('2026-11-21T00:00:00Z'), { micros: 100_000_000, currency: 'INR' }],
    ])
    expect(told()).toEqual([])
  })

  it.each([
    ['error-rate', { attempts: 20, failedAttempts: 2 }, { attempts: 20, failedAttempts: 1 }, 0.1],
    ['slow-generations', { made: { count: 5, seconds: 301 } }, { made: { count: 5, seconds: 300 } }, 60.2],
    ['low-cache-hits', { accepted: { count: 20, hits: 13 } }, { accepted: { count: 20, hits: 14 } }, 0.65],
    ['many-fallbacks', { begun: { first: 10, fallbacks: 3 } }, { begun: { first: 10, fallbacks: 2 } }, 0.3],
    [
      'cost-per-generation',
      { made: { count: 5, seconds: 5 }, costMicros: 25_000_005 },
      { made: { count: 5, seconds: 5 }, costMicros: 25_000_000 },
      5_000_001,
    ],
  ])('tell of %s beyond its bound, and not at it', async (name, beyond, at, value) => {
    await look(at)
    expect(told()).toEqual([])
    await look(beyond)
    expect(told()).toEqual([`alert_fired ${name} ${value}`])
    expect(pushed).toHaveLength(1)
  })

  it.each([
    ['error-rate', { attempts: 4, failedAttempts: 4 }],
    ['slow-generations', { made: { count: 1, seconds: 900 } }],
    ['low-cache-hits', { accepted: { count: 19, hits: 0 } }],
    ['many-fallbacks', { begun: { first: 4, fallbacks: 4 } }],
    ['cost-per-generation', { made: { count: 1, seconds: 1 }, costMicros: 9_000_000 }],
  ])('say nothing of %s while there are too few to tell', async (_, few) => {
    await look(few)
    expect(told()).toEqual([])
  })

  it('tell once when one begins and once when it is back by a margin', async () => {
    await look({ attempts: 100, failedAttempts: 6 })
    await look({ attempts: 100, failedAttempts: 9 })
    await look({ attempts: 1000, failedAttempts: 49 })
    await look({ attempts: 1000, failedAttempts: 51 })
    expect(told()).toEqual(['alert_fired error-rate 0.06'])
    expect(alerts.state().alerts).toMatchObject([{ value: 0.051, sample: 1000, resolvedAt: null }])
    await look({ attempts: 1000, failedAttempts: 45 })
    await look({ attempts: 1000, failedAttempts: 45 })
    expect(told()).toEqual(['alert_fired error-rate 0.06', 'alert_resolved error-rate 0.045'])
    expect(alerts.state().alerts).toMatchObject([
      { firedAt: new Date('2026-11-21T10:00:15Z'), resolvedAt: expect.any(Date) },
    ])
    await look({ attempts: 100, failedAttempts: 6 })
    expect(told()).toHaveLength(3)
  })

  it('of hits that are too few end only well above the bound', async () => {
    await look({ accepted: { count: 100, hits: 69 } })
    await look({ accepted: { count: 100, hits: 72 } })
    expect(told()).toEqual(['alert_fired low-cache-hits 0.69'])
    await look({ accepted: { count: 100, hits: 73 } })
    expect(told()).toHaveLength(2)
  })

  it('stay while there is little to measure, and end when there is nothing', async () => {
    await look({ attempts: 10, failedAttempts: 5 })
    await look({ attempts: 1, failedAttempts: 1 })
    expect(told()).toEqual(['alert_fired error-rate 0.5'])
    await look({})
    expect(told()).toEqual(['alert_fired error-rate 0.5', 'alert_resolved error-rate 1'])
  })

  it('tell of each user who spends more than the bound in a day, until the day is over', async () => {
    spenders = [{ tenantId: 'ten_1', micros: 100_000_001 }]
    await look({})
    spenders = [...spenders, { tenantId: 'ten_2', micros: 120_000_000 }]
    await look({})
    expect(log.map(({ event, tenant_id }) => `${event} ${tenant_id}`)).toEqual([
      'alert_fired ten_1',
      'alert_fired ten_2',
    ])
    spenders = []
    await look({})
    expect(log.slice(2).map(({ event }) => event)).toEqual(['alert_resolved', 'alert_resolved'])
  })

  it('can each be turned off by a bound of 0', async () => {
    start({ errorRate: 0, costPerDayMicros: 0 })
    spenders = [{ tenantId: 'ten_1', micros: 900_000_000 }]
    await look({ attempts: 10, failedAttempts: 10 })
    expect(told()).toEqual([])
    expect(asked).toHaveLength(1)
    expect(alerts.state().rules.map(({ name }) => name)).not.toContain('error-rate')
  })

  it('show what each rule read last', async () => {
    await look({ attempts: 3, failedAttempts: 1, accepted: { count: 4, hits: 3 } })
    const { rules, readAt } = alerts.state()
    expect(readAt).toEqual(now)
    expect(rules.find(({ name }) => name === 'low-cache-hits')?.reading).toMatchObject({ value: 0.75, sample: 4 })
  })

  it('keep no more of the past than fifty', async () => {
    for (let i = 0; i < 60; i += 1) {
      await look({ attempts: 10, failedAttempts: 5 })
      await look({})
    }
    expect(alerts.state().alerts).toHaveLength(50)
  })
})
