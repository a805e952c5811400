/** Figures of what providers do, take and cost. Their labels are providers, faults, currencies: few, and ours. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { VendorObserver } from '../generations/vendor-observer.ts'

/** By provider: may anything be sent to it? */
export type BreakerStates = Readonly<Record<string, 'closed' | 'half-open' | 'open'>>

const breakerValues = { closed: 0, 'half-open': 1, open: 2 } as const

export function createVendorFigures(registry: Registry): VendorObserver {
  const registers = [registry]
  const calls = new Histogram({
    name: 'talking_photo_vendor_call_seconds',
    help: "Outside calls to providers, by what was asked of them and how it went ('ok', or the fault).",
    labelNames: ['provider', 'what', 'outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300],
    registers,
  })
  const slots = new Histogram({
    name: 'talking_photo_slot_wait_seconds',
    help: 'Waits for one of the calls that a provider allows at once.',
    labelNames: ['provider'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
    registers,
  })
  const fallbacks = new Counter({
    name: 'talking_photo_fallbacks_total',
    help: 'Times that another provider was taken, and for which fault of the one before.',
    labelNames: ['from', 'to', 'fault'],
    registers,
  })
  const costs = new Counter({
    name: 'talking_photo_cost_micros_total',
    help: 'What attempts came to, in millionths of the currency, and whether the user or the house pays it.',
    labelNames: ['provider', 'currency', 'bearer'],
    registers,
  })
  const quality = new Histogram({
    name: 'talking_photo_quality_score',
    help: 'Overall score that a provider gives its own video, 0 to 10.',
    labelNames: ['provider'],
    buckets: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    registers,
  })
  const ratings = new Histogram({
    name: 'talking_photo_user_rating',
    help: 'What users say of finished videos, 1 to 5.',
    labelNames: ['provider'],
    buckets: [1, 2, 3, 4, 5],
    registers,
  })

  return {
    called: ({ provider, what, seconds, fault }) => calls.observe({ provider, what, outcome: fault ?? 'ok' }, seconds),
    slotWaited: ({ provider, seconds }) => slots.observe({ provider }, seconds),
    fellBack: ({ from, to, fault }) => fallbacks.inc({ from, to, fault }),
    settled({ provider, cost, bearer, metrics }) {
      costs.inc({ provider, currency: cost.currency, bearer }, cost.micros)
      if (metrics?.overallScore !== undefined) quality.observe({ provider }, metrics.overallScore)
    },
    rated: ({ provider, score }) => ratings.observe({ provider }, score),
  }
}

export function watchBreakers(registry: Registry, states: () => BreakerStates): void {
  new Gauge({
    name: 'talking_photo_breaker_state',
    help: 'Whether requests go to a provider: 0 they do, 1 one is tried, 2 none.',
    labelNames: ['provider'],
    registers: [registry],
    collect() {
      for (const [provider, state] of Object.entries(states())) this.set({ provider }, breakerValues[state])
    },
  })
}
