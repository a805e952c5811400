import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Route, RouteRequest } from '../../../src/routing/ai-service-router.ts'
import { type RankFacts, rankRoutes, type Strategy, strategies } from '../../../src/routing/strategies.ts'
import { scriptedModel } from '../../doubles/scripted-provider.ts'

const route = (
  id: string,
  micros: number | null,
  { tier = 'standard', provider = id }: { tier?: Route['model']['tier']; provider?: string } = {},
): Route => ({
  provider,
  model: scriptedModel(provider, { id, tier }),
  sentSeconds: 10,
  estimate: micros === null ? null : { micros, currency: 'INR' },
  why: '',
})

const request: RouteRequest = {
  tenantId: 'local',
  seed: 'wrk_1',
  quality: 'standard',
  language: 'en',
  aspectRatio: null,
  seconds: 10,
}

const facts: RankFacts = { preference: () => 0, weight: () => 1, turn: 0, load: new Map(), seconds: new Map() }

const rank = (
  strategy: Strategy,
  routes: readonly Route[],
  known: Partial<RankFacts> = {},
  wanted: Partial<RouteRequest> = {},
) => rankRoutes(strategy, { ...request, ...wanted }, { ...facts, ...known }, routes)
const ids = (...args: Parameters<typeof rank>) => rank(...args).map(({ route: { model } }) => model.id)
const whys = (...args: Parameters<typeof rank>) => rank(...args).map(({ why }) => why)

const trio = [route('a', 30), route('b', 20), route('c', 10)]
const placeOf = (order: string) => (provider: string) => order.indexOf(provider)

describe('every strategy', () => {
  const someRoutes = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1 }).chain((names) =>
    fc.tuple(
      ...names.map((id) =>
        fc
          .record({
            micros: fc.option(fc.nat(3)),
            tier: fc.constantFrom('economy' as const, 'standard' as const, 'premium' as const),
            provider: fc.constantFrom('p', 'q', 'r'),
          })
          .map(({ micros, ...model }) => route(id, micros, model)),
      ),
    ),
  )
  const someFacts = fc.record({ turn: fc.nat(9), load: fc.nat(2), weight: fc.nat(2), seed: fc.string() })

  it('keeps each route once, gives the same order for the same facts whatever order they came in, and a reason to each', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        someRoutes,
        someFacts,
        (strategy, routes, { turn, load, weight, seed }) => {
          const known = {
            turn,
            weight: (provider: string) => (provider === 'p' ? weight : 1),
            load: new Map(routes.map(({ model }, place) => [model.id, (place * load) % 3])),
            seconds: new Map(routes.map(({ model: { id } }) => [id, id.charCodeAt(0) % 2])),
          }
          const ranked = rank(strategy, routes, known, { seed })
          expect(ranked.map(({ route: { model } }) => model.id).sort()).toEqual(
            routes.map(({ model }) => model.id).sort(),
          )
          expect(ids(strategy, [...routes].reverse(), known, { seed })).toEqual(
            ranked.map(({ route: { model } }) => model.id),
          )
          ranked.forEach(({ why }, place) => {
            expect(why.startsWith('ranked ')).toBe(place > 0)
            expect(why).not.toMatch(/undefined|NaN|Infinity/)
          })
        },
      ),
    )
  })

  it('names the places as one says them', () => {
    const many = Array.from({ length: 23 }, (_, place) => route(String(100 + place), place))
    const places = whys('cheapest', many).map((why) => /^ranked (\S+):/.exec(why)?.[1])
    expect([1, 2, 3, 10, 11, 12, 20, 21, 22].map((place) => places[place])).toEqual([
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '22nd',
      '23rd',
    ])
  })
})

describe('priority', () => {
  it('takes who is preferred, whatever it costs and whichever tier it reaches', () => {
    const routes = [route('a', 1, { tier: 'premium' }), route('b', null, { tier: 'economy' }), route('c', 2)]
    expect(ids('priority', routes, { preference: placeOf('bca') }, { quality: 'premium' })).toEqual(['b', 'c', 'a'])
    expect(whys('priority', routes, { preference: placeOf('bca') }).slice(0, 2)).toEqual([
      'most preferred',
      'ranked 2nd: less preferred',
    ])
  })
})

describe('cheapest', () => {
  it('takes the cheapest of all, also one that does not reach the quality', () => {
    const routes = [route('a', 5), route('b', 1, { tier: 'economy' }), route('c', null)]
    expect(ids('cheapest', routes)).toEqual(['b', 'a', 'c'])
    expect(whys('cheapest', routes)).toEqual([
      'cheapest of all',
      'ranked 2nd: dearer',
      'ranked 3rd: its price is unknown',
    ])
  })
})

describe('round-robin', () => {
  it('goes round the providers in the order of preference', () => {
    const preference = placeOf('cab')
    const firsts = [0, 1, 2, 3, 4].map((turn) => ids('round-robin', trio, { turn, preference })[0])
    expect(firsts).toEqual(['c', 'a', 'b', 'c', 'a'])
    expect(ids('round-robin', trio, { turn: 1, preference })).toEqual(['a', 'b', 'c'])
    expect(whys('round-robin', trio, { turn: 1 })).toEqual([
      'its turn',
      'ranked 2nd: not its turn',
      'ranked 3rd: not its turn',
    ])
  })

  it('gives a provider one turn for all its models, and takes its cheapest', () => {
    const routes = [route('a1', 5, { provider: 'a' }), route('a2', 3, { provider: 'a' }), route('b', 9)]
    expect(ids('round-robin', routes, { turn: 0 })).toEqual(['a2', 'a1', 'b'])
    expect(ids('round-robin', routes, { turn: 1 })).toEqual(['b', 'a2', 'a1'])
    expect(ids('round-robin', routes, { turn: 2 })).toEqual(['a2', 'a1', 'b'])
  })

  it('goes round those that reach the tier; the others come after', () => {
    const routes = [route('a', 1, { tier: 'economy' }), route('b', 9), route('c', 9)]
    expect([0, 1, 2].map((turn) => ids('round-robin', routes, { turn }))).toEqual([
      ['b', 'c', 'a'],
      ['c', 'b', 'a'],
      ['b', 'c', 'a'],
    ])
  })
})

describe('weighted', () => {
  const weights: Readonly<Record<string, number>> = { a: 3, b: 1, c: 0 }
  const weight = (provider: string) => weights[provider] ?? 1
  const drawn = (seed: string) => ids('weighted', trio, { weight }, { seed })

  it('draws with chances as the weights, and one without weight only as the last', () => {
    const counts = new Map<string, number>()
    for (let work = 0; work < 4000; work += 1) {
      const [first = '', , last] = drawn(`wrk_${work}`)
      counts.set(first, (counts.get(first) ?? 0) + 1)
      expect(last).toBe('c')
    }
    // 3000 expected, with a standard deviation of 27; the seeds are always the same.
    expect(counts.get('a')).toBeGreaterThan(2900)
    expect(counts.get('a')).toBeLessThan(3100)
    expect(counts.get('c')).toBeUndefined()
  })

  it('draws the same for the same work', () => {
    expect(drawn('wrk_7')).toEqual(drawn('wrk_7'))
    expect(new Set(Array.from({ length: 40 }, (_, work) => drawn(`wrk_${work}`)[0]))).toEqual(new Set(['a', 'b']))
  })

  it('says with which weight it drew', () => {
    const seed = Array.from({ length: 40 }, (_, work) => `wrk_${work}`).find((each) => drawn(each)[0] === 'b')!
    expect(whys('weighted', trio, { weight }, { seed })).toEqual([
      'drawn by weight 1 of 4',
      'ranked 2nd: not drawn (weight 3 of 4)',
      'ranked 3rd: not drawn (weight 0 of 4)',
    ])
  })
})

describe('least-loaded', () => {
  it('takes who has most room, and between equals the cheapest', () => {
    const load = new Map([
      ['a', 0.2],
      ['b', 0.9],
      ['c', 0.9],
    ])
    expect(ids('least-loaded', trio, { load })).toEqual(['a', 'c', 'b'])
    expect(whys('least-loaded', trio, { load })).toEqual([
      'least loaded (20 % busy)',
      'ranked 2nd: more loaded (90 % busy)',
      'ranked 3rd: more loaded (90 % busy)',
    ])
    expect(ids('least-loaded', trio)).toEqual(['c', 'b', 'a'])
  })
})

describe('latency', () => {
  it('takes who is expected to be done first', () => {
    const seconds = new Map([
      ['a', 12.4],
      ['b', 40],
      ['c', 41],
    ])
    expect(ids('latency', trio, { seconds })).toEqual(['a', 'b', 'c'])
    expect(whys('latency', trio, { seconds })).toEqual([
      'fastest (about 12 s)',
      'ranked 2nd: slower (about 40 s)',
      'ranked 3rd: slower (about 41 s)',
    ])
  })

  it('does not let a fast model of too low a tier come first', () => {
    const routes = [route('a', 1, { tier: 'economy' }), route('b', 9, { tier: 'premium' })]
    const seconds = new Map([
      ['a', 1],
      ['b', 60],
    ])
    expect(ids('latency', routes, { seconds }, { quality: 'premium' })).toEqual(['b', 'a'])
    expect(whys('latency', routes, { seconds }, { quality: 'premium' })[1]).toBe(
      'ranked 2nd: it does not reach premium',
    )
  })
})
