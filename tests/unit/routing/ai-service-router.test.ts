import { describe, expect, it } from '@jest/globals'
import { createPriceBook } from '../../../src/money/price-book.ts'
import { type Model, sentSeconds } from '../../../src/providers/model.ts'
import { createAIServiceRouter, type RouteRequest } from '../../../src/routing/ai-service-router.ts'
import { scriptedModel } from '../../doubles/scripted-provider.ts'

const model = (id: string, facts: Partial<Model> = {}): Model => scriptedModel(id, { id, ...facts })

const priced = (id: string, microsPerSecond: number | null, facts: Partial<Model> = {}) =>
  model(id, {
    prices:
      microsPerSecond === null
        ? []
        : [
            {
              micros: microsPerSecond,
              currency: 'INR',
              unit: 'second',
              label: 'list',
              source: 'test',
              from: '2026-01-01',
            },
          ],
    ...facts,
  })

const request: RouteRequest = {
  tenantId: 'local',
  quality: 'standard',
  language: 'en',
  aspectRatio: null,
  seconds: 10,
}

const prices = createPriceBook({ currency: 'INR', rates: {} })

const routerOf = (models: readonly Model[], priority: readonly string[] = []) =>
  createAIServiceRouter({
    models: () => models,
    priority,
    quote: (model, seconds) => ({
      sentSeconds: sentSeconds(model, seconds),
      cost: prices.quote(model, seconds, new Date('2026-11-21'))?.money ?? null,
    }),
  })

const order = (models: readonly Model[], wanted: Partial<RouteRequest> = {}, priority: readonly string[] = []) =>
  routerOf(models, priority)
    .choose({ ...request, ...wanted }, [])
    .routes.map((route) => route.model.id)

describe('the router', () => {
  it('passes over who cannot, and says why', () => {
    const models = [
      model('short', { seconds: { min: 1, max: 8 } }),
      model('french', { languages: ['fr'] }),
      model('silent', { yields: 'silent-video' }),
      model('square', { aspectRatios: ['1:1'] }),
      model('able'),
    ]
    const { routes, trace } = routerOf(models).choose({ ...request, aspectRatio: '16:9' }, [])
    expect(routes.map((route) => route.model.id)).toEqual(['able'])
    expect(Object.fromEntries(trace.map((entry) => [entry.model, entry.why]))).toEqual({
      able: 'standard tier, 1.50 INR for 10.0 s',
      short: 'it does at most 8 s',
      french: "it does not speak 'en'",
      silent: 'it cannot speak',
      square: 'it does not do 16:9',
    })
    expect(trace.filter((entry) => entry.verdict === 'chosen').map((entry) => entry.model)).toEqual(['able'])
  })

  it('answers no route, not an error, when nobody can', () => {
    expect(routerOf([]).choose(request, []).routes).toEqual([])
  })

  it('does not offer a model twice', () => {
    const router = routerOf([model('a'), model('b')], ['a', 'b'])
    const { routes, trace } = router.choose(request, ['a'])
    expect(routes.map((route) => route.model.id)).toEqual(['b'])
    expect(trace).toContainEqual({
      attempt: 2,
      provider: 'a',
      model: 'a',
      verdict: 'passed-over',
      why: 'already tried',
    })
  })

  it('takes the best tier first for premium, the cheapest of the tier for standard, the cheapest for economy', () => {
    const models = [
      priced('cheap', 39_000, { tier: 'economy' }),
      priced('fine', 150_000, { tier: 'standard' }),
      priced('finest', 200_000, { tier: 'premium' }),
    ]
    expect(order(models, { quality: 'premium' })).toEqual(['finest', 'fine', 'cheap'])
    expect(order(models, { quality: 'standard' })).toEqual(['fine', 'finest', 'cheap'])
    expect(order(models, { quality: 'economy' })).toEqual(['cheap', 'fine', 'finest'])
  })

  it('leaves ties and unknown prices to the priority', () => {
    const models = [priced('a', null), priced('b', null), priced('c', 1)]
    expect(order(models, {}, ['b', 'a'])).toEqual(['c', 'b', 'a'])
    expect(order([priced('a', 5), priced('b', 5)], {}, ['b'])).toEqual(['b', 'a'])
  })

  it('estimates in whole micros', () => {
    const { routes } = routerOf([priced('a', 150_000)]).choose({ ...request, seconds: 7.33 }, [])
    expect(routes[0]?.estimate?.micros).toBe(1_099_500)
  })
})
