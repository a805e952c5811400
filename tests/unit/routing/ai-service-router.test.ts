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
  seed: 'wrk_1',
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
    quote: (model, { seconds }) => ({
      sentSeconds: sentSeconds(model, seconds),
      cost: prices.quote(model, { seconds }, new Date('2026-11-21'))?.money ?? null,
    }),
  })

const order = async (models: readonly Model[], wanted: Partial<RouteRequest> = {}, priority: readonly string[] = []) =>
  (await routerOf(models, priority).choose({ ...request, ...wanted }, [])).routes.map((route) => route.model.id)

describe('the router', () => {
  it('passes over who cannot, and says why', async () => {
    const models = [
      model('short', { seconds: { min: 1, max: 8 } }),
      model('french', { languages: ['fr'] }),
      model('silent', { yields: 'silent-video' }),
      model('square', { aspectRatios: ['1:1'] }),
      model('able'),
    ]
    const { routes, trace } = await routerOf(models).choose({ ...request, aspectRatio: '16:9' }, [])
    expect(routes.map((route) => route.model.id)).toEqual(['able'])
    expect(Object.fromEntries(trace.map((entry) => [entry.model, entry.why]))).toEqual({
      able: 'cheapest for standard; standard tier, 1.50 INR for 10.0 s',
      short: 'it does at most 8 s',
      french: "it does not speak 'en'",
      silent: 'it cannot speak',
      square: 'it does not do 16:9',
    })
    expect(trace.filter((entry) => entry.verdict === 'chosen').map((entry) => entry.model)).toEqual(['able'])
  })

  it('offers a silent model only where it follows a film of ours, and never one that makes only a voice', async () => {
    const models = [
      model('follower', { drive: 'performance', yields: 'silent-video', seconds: { min: 3, max: 30 } }),
      model('voice', { kind: 'speech', yields: 'speech' }),
    ]
    const { routes, trace } = await routerOf(models).choose(request, [])
    expect(routes.map((route) => route.model.id)).toEqual(['follower'])
    expect(trace.find(({ model: id }) => id === 'voice')?.why).toBe('it makes only a voice')
    expect(await order(models, { seconds: 2 })).toEqual([])
  })

  it('puts the other models of a provider that has failed the work behind those of everybody else', async () => {
    const models = [
      model('a/one', { provider: 'a' }),
      model('a/two', { provider: 'a' }),
      model('b/one', { provider: 'b', tier: 'economy' }),
    ]
    const wanted = { ...request, failedProviders: ['a'] }
    const { routes, trace } = await routerOf(models, ['a', 'b']).choose(wanted, ['a/one'])
    expect(routes.map((route) => route.model.id)).toEqual(['b/one', 'a/two'])
    expect(trace.find(({ model: id }) => id === 'a/two')?.why).toMatch(/^a has just failed; /)
    expect(trace.find(({ verdict }) => verdict === 'chosen')?.model).toBe('b/one')
  })

  it('answers no route, not an error, when nobody can', async () => {
    expect((await routerOf([]).choose(request, [])).routes).toEqual([])
  })

  it('does not offer a model twice', async () => {
    const router = routerOf([model('a'), model('b')], ['a', 'b'])
    const { routes, trace } = await router.choose(request, ['a'])
    expect(routes.map((route) => route.model.id)).toEqual(['b'])
    expect(trace).toContainEqual({
      attempt: 2,
      strategy: 'quality-cost',
      provider: 'a',
      model: 'a',
      verdict: 'passed-over',
      why: 'already tried',
      estimate: { micros: 1_500_000, currency: 'INR' },
    })
  })

  it('takes the best tier first for premium, the cheapest of the tier for standard, the cheapest for economy', async () => {
    const models = [
      priced('cheap', 39_000, { tier: 'economy' }),
      priced('fine', 150_000, { tier: 'standard' }),
      priced('finest', 200_000, { tier: 'premium' }),
    ]
    expect(await order(models, { quality: 'premium' })).toEqual(['finest', 'fine', 'cheap'])
    expect(await order(models, { quality: 'standard' })).toEqual(['fine', 'finest', 'cheap'])
    expect(await order(models, { quality: 'economy' })).toEqual(['cheap', 'fine', 'finest'])
  })

  it('leaves ties and unknown prices to the priority', async () => {
    const models = [priced('a', null), priced('b', null), priced('c', 1)]
    expect(await order(models, {}, ['b', 'a'])).toEqual(['c', 'b', 'a'])
    expect(await order([priced('a', 5), priced('b', 5)], {}, ['b'])).toEqual(['b', 'a'])
  })

  it('estimates in whole micros', async () => {
    const { routes } = await routerOf([priced('a', 150_000)]).choose({ ...request, seconds: 7.33 }, [])
    expect(routes[0]?.estimate?.micros).toBe(1_099_500)
  })

  it('says of each that could have done it how it came to its place, and of what was chosen what it costs', async () => {
    const models = [
      priced('fine', 150_000),
      priced('finer', 200_000, { tier: 'premium' }),
      priced('riddle', null),
      priced('cheap', 39_000, { tier: 'economy' }),
      priced('like-fine', 150_000),
    ]
    const { trace, strategy } = await routerOf(models, ['fine', 'like-fine']).choose(request, [])
    expect(strategy).toBe('quality-cost')
    expect(trace.map(({ model, verdict, why }) => [model, verdict, why])).toEqual([
      ['fine', 'chosen', 'cheapest for standard; standard tier, 1.50 INR for 10.0 s'],
      ['like-fine', 'passed-over', 'ranked 2nd: as good, less preferred; standard tier, 1.50 INR for 10.0 s'],
      ['finer', 'passed-over', 'ranked 3rd: dearer; premium tier, 2.00 INR for 10.0 s'],
      ['riddle', 'passed-over', 'ranked 4th: its price is unknown; standard tier, price unknown'],
      ['cheap', 'passed-over', 'ranked 5th: it does not reach standard; economy tier, 0.39 INR for 10.0 s'],
    ])
    expect(trace.map(({ estimate }) => estimate?.micros ?? null)).toEqual([
      1_500_000,
      1_500_000,
      2_000_000,
      null,
      390_000,
    ])
  })

  it('holds to a cost limit, refuses unknown prices under it, and knows who would be cheapest beyond it', async () => {
    const models = [priced('a', 300_000), priced('b', 200_000), priced('c', null), model('d', { languages: ['fr'] })]
    const limited = { ...request, costLimit: { micros: 1_999_999, currency: 'INR' } }
    const { routes, trace, cheapestOverLimit } = await routerOf(models).choose(limited, [])
    expect(routes).toEqual([])
    expect(Object.fromEntries(trace.map((entry) => [entry.model, entry.why]))).toEqual({
      a: '3.00 INR is over the cost limit of 2.00 INR',
      b: '2.00 INR is over the cost limit of 2.00 INR',
      c: 'its price is unknown, and there is a cost limit',
      d: "it does not speak 'en'",
    })
    expect(cheapestOverLimit?.model.id).toBe('b')
    const enough = await routerOf(models).choose({ ...limited, costLimit: { micros: 2_000_000, currency: 'INR' } }, [])
    expect(enough.routes.map(({ model: { id } }) => id)).toEqual(['b'])
  })

  it('takes only the model that was asked for', async () => {
    const { routes, trace } = await routerOf([model('a'), model('b')]).choose({ ...request, model: 'b' }, [])
    expect(routes.map(({ model: { id } }) => id)).toEqual(['b'])
    expect(trace.find(({ model: id }) => id === 'a')?.why).toBe('only b was asked for')
  })

  it('sends nothing to a model that is out for the tenant, and says why', async () => {
    const router = createAIServiceRouter({
      models: () => [model('a'), model('b')],
      priority: ['a'],
      quote: () => ({ sentSeconds: 10, cost: null }),
      barred: ({ id }, tenantId) => (id === 'a' && tenantId === 'local' ? 'it has failed 5 times in a row' : null),
    })
    const { routes, trace } = await router.choose(request, [])
    expect(routes.map(({ model: { id } }) => id)).toEqual(['b'])
    expect(trace.find(({ model: id }) => id === 'a')?.why).toBe('it has failed 5 times in a row')
    expect((await router.choose({ ...request, tenantId: 'other' }, [])).routes).toHaveLength(2)
  })

  it('ranks as the installation does where the request does not say', async () => {
    const router = createAIServiceRouter({
      models: () => [priced('a', 9), priced('b', 1)],
      priority: ['a', 'b'],
      strategy: 'priority',
      quote: (_model, { seconds }) => ({ sentSeconds: seconds, cost: null }),
    })
    expect((await router.choose(request, [])).trace[0]).toMatchObject({ model: 'a', strategy: 'priority' })
    const asked = await router.choose({ ...request, strategy: 'cheapest' }, [])
    expect(asked.strategy).toBe('cheapest')
  })

  it('asks for loads and paces only where the strategy looks at them', async () => {
    const asked: string[] = []
    const router = createAIServiceRouter({
      models: () => [model('a'), model('b')],
      priority: ['a', 'b'],
      quote: (_model, { seconds }) => ({ sentSeconds: seconds, cost: null }),
      load: async ({ id }) => {
        asked.push(`load of ${id}`)
        return id === 'a' ? 0.9 : 0.2
      },
      pace: async ({ id }, quality) => {
        asked.push(`pace of ${id} at ${quality}`)
        return id === 'a' ? 3 : null
      },
    })
    const first = async (strategy: RouteRequest['strategy']) =>
      (await router.choose({ ...request, ...(strategy && { strategy }) }, [])).trace[0]
    expect((await first(undefined))?.model).toBe('a')
    expect(asked).toEqual([])
    expect(await first('least-loaded')).toMatchObject({ model: 'b', why: expect.stringContaining('20 % busy') })
    expect(asked.splice(0)).toEqual(['load of a', 'load of b'])
    // What was never measured is expected as long as is typical of it.
    expect(await first('latency')).toMatchObject({ model: 'b', why: expect.stringContaining('fastest (about 10 s)') })
    expect(asked).toEqual(['pace of a at standard', 'pace of b at standard'])
  })
})
