/** Alerts and costs, described. */
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfQuery } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import { alertsSchema, costFields, costsSchema, type PublicAlerts, type PublicCosts } from '../schemas/watching.ts'

const alerts: PublicAlerts = {
  alerts: [
    {
      name: 'error-rate',
      about: 'attempts at providers that failed',
      state: 'firing',
      user: null,
      alarms: 'above',
      bound: 0.05,
      value: 0.125,
      unit: 'ratio',
      sample: 24,
      fired_at: '2026-01-02T03:04:05.678Z',
      resolved_at: null,
    },
  ],
  rules: [
    {
      name: 'error-rate',
      about: 'attempts at providers that failed',
      alarms: 'above',
      bound: 0.05,
      unit: 'ratio',
      minimum_sample: 5,
      value: 0.125,
      sample: 24,
    },
  ],
  window_seconds: 900,
  read_at: '2026-01-02T03:04:20.678Z',
}

export const alertsOperation: Operation = {
  id: 'listAlerts',
  method: 'get',
  path: `${api}/alerts`,
  tag: 'service',
  summary: 'What is alarming, and what every rule reads',
  description:
    'For operators. The same comes over Socket.IO as `ops:alert` after `admin:watch`, once when an alert begins and once when it ends.',
  answers: {
    200: {
      description: 'The alerts and the rules.',
      content: { 'application/json': { schema: alertsSchema, examples: { firing: { value: alerts } } } },
    },
  },
  problems: ['operators-only'],
}

const costs: PublicCosts = {
  from: '2026-01-01',
  to: '2026-01-31',
  total: [{ amount: '4.50', micros: 4_500_000, currency: 'INR' }],
  days: [
    {
      day: '2026-01-02',
      provider: 'local',
      generations: 2,
      cost: [{ amount: '4.50', micros: 4_500_000, currency: 'INR' }],
      house_cost: [],
    },
  ],
}

export const costsOperation: Operation = {
  id: 'getCosts',
  method: 'get',
  path: `${api}/costs`,
  tag: 'service',
  summary: 'What you had made, and what it cost, by day and provider',
  description: 'Days in UTC, by when the work ended.',
  parameters: { query: costFields },
  answers: {
    200: {
      description: 'Your costs of these days.',
      content: { 'application/json': { schema: costsSchema, examples: { month: { value: costs } } } },
    },
  },
  problems: [...reasonsOfQuery],
}
