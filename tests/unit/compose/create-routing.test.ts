import { describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { createRouting } from '../../../src/compose/create-routing.ts'
import { readConfig } from '../../../src/config.ts'
import type { SlotClaim } from '../../../src/generations/ports.ts'
import type { RouteRequest } from '../../../src/routing/ai-service-router.ts'
import { createScriptedProvider } from '../../doubles/scripted-provider.ts'

const request: RouteRequest = {
  tenantId: 'local',
  seed: 'wrk_1',
  quality: 'standard',
  language: 'en',
  aspectRatio: null,
  seconds: 10,
}
const claim: SlotClaim = {
  attemptId: 'att_1',
  workId: 'wrk_2',
  version: 1,
  tenantId: 'local',
  priority: 'normal',
  runsHere: false,
  slot: 'held',
  since: new Date('2026-11-21'),
  servedAt: null,
  expectedSeconds: 30,
}

async function make(environment: Record<string, string> = {}, outage: (id: string) => string | null = () => null) {
  const [a, b] = [createScriptedProvider('a'), createScriptedProvider('b')]
  const limited = { ...a, limits: { ...a.limits, maxConcurrent: 4 } }
  const catalogue = [limited, b].map((provider) => ({
    id: provider.id,
    name: provider.id,
    provider,
    missing: null,
    models: provider.models,
  }))
  return createRouting({
    config: readConfig({ PROVIDER_PRIORITY: 'a,b', ...environment }),
    catalogue,
    store: {
      queuedWorks: async () => [],
      recentPace: async (provider) => (provider === 'a' ? 5 : null),
      slotsOf: async (provider) => (provider === 'a' ? [claim] : []),
    },
    clock: { now: () => new Date('2026-11-21') },
    outage: ({ id }) => outage(id),
    log: pino({ level: 'silent' }),
  })
}

describe('models, money and the router together', () => {
  it('send nothing to a model whose breaker is open, or that is switched off', async () => {
    const { router, registry } = await make({}, (id) => (id === 'a/model' ? 'it failed again and again' : null))
    const { trace } = await router.choose(request, [])
    expect(trace.map(({ model, why }) => [model, why.split(';')[0]])).toEqual([
      ['b/model', 'cheapest for standard'],
      ['a/model', 'it failed again and again'],
    ])
    registry.load(JSON.stringify({ models: { 'b/model': { enabled: false } } }))
    expect((await router.choose(request, [])).routes).toEqual([])
  })

  it('know how busy a provider is by its slots, and how fast by what was measured', async () => {
    const { router } = await make()
    const whyOf = async (strategy: NonNullable<RouteRequest['strategy']>) =>
      (await router.choose({ ...request, strategy }, [])).trace.map(({ model, why }) => `${model} ${why.split(';')[0]}`)
    expect(await whyOf('least-loaded')).toEqual([
      'b/model least loaded (0 % busy)',
      'a/model ranked 2nd: more loaded (25 % busy)',
    ])
    expect(await whyOf('latency')).toEqual(['b/model fastest (about 10 s)', 'a/model ranked 2nd: slower (about 50 s)'])
  })

  it('hold providers to the limits that the models file says at the moment', async () => {
    const { providers, registry } = await make()
    expect(providers.get('a')?.limits.maxConcurrent).toBe(4)
    registry.load(JSON.stringify({ providers: { a: { limits: { max_concurrent: 2 } } } }))
    expect(providers.get('a')?.limits.maxConcurrent).toBe(2)
  })

  it('count in the currency and with the rates of the environment', async () => {
    const { wishes } = await make({ CURRENCY: 'EUR', FX_RATES: 'INR:0.01', FX_DATE: '2026-11-20' })
    expect(wishes.currencies).toEqual(['EUR', 'INR'])
    expect(wishes.convert({ micros: 150, currency: 'INR' }, 'down')).toEqual({ micros: 1, currency: 'EUR' })
  })
})
