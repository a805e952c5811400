import { describe, expect, it } from '@jest/globals'
import type { EstimateRequest } from '../../../src/generations/estimate-work.ts'
import type { Price } from '../../../src/providers/model.ts'
import { createEstimate } from '../../doubles/estimates.ts'
import { settings } from '../../doubles/heart.ts'
import { scriptedModel } from '../../doubles/scripted-provider.ts'

const price = (micros: number, changes: Partial<Price> = {}): Price => ({
  micros,
  currency: 'INR',
  unit: 'second',
  label: 'list',
  source: 'test',
  from: '2026-01-01',
  ...changes,
})
const cheap = scriptedModel('cheap', { tier: 'economy', prices: [price(100_000)] })
const fine = scriptedModel('fine', {
  tier: 'premium',
  prices: [price(10_000, { currency: 'USD' })],
  seconds: { min: 15, max: 60, whole: true },
})
const riddle = scriptedModel('riddle', { prices: [] })
const models = [fine, cheap, riddle]

const ask = (changes: Partial<EstimateRequest> = {}, parts: Parameters<typeof createEstimate>[0] = { models }) =>
  createEstimate(parts)({
    tenantId: 'local',
    speech: { seconds: 20.2 },
    settings,
    recorded: false,
    strategies: [],
    ...changes,
  })
const inr = (micros: number) => ({ micros, currency: 'INR' })

describe('an estimate', () => {
  it('tells for each able model what is sent, what it costs and how long it takes, best first; and who cannot', async () => {
    const { options, unable, speech, advice } = await ask()
    expect(speech).toEqual({ seconds: 20.2, language: 'en', languageSource: null, voice: null })
    const told = options.map(({ route, quote, ranks, ...rest }) => ({
      model: route.model.id,
      sent: route.sentSeconds,
      cost: route.estimate?.micros ?? null,
      native: quote?.native ?? null,
      rank: ranks.map(({ strategy, rank }) => `${strategy} ${rank}`),
      ...rest,
    }))
    const unmeasured = { isMeasured: false, isWithinBudget: null }
    expect(told).toEqual([
      {
        model: 'fine/model',
        sent: 21,
        cost: 17_482_500,
        native: { micros: 210_000, currency: 'USD' },
        rank: ['quality-cost 1'],
        processingSeconds: 21,
        ...unmeasured,
      },
      {
        model: 'riddle/model',
        sent: 20.2,
        cost: null,
        native: null,
        rank: ['quality-cost 2'],
        processingSeconds: 20.2,
        ...unmeasured,
      },
      {
        model: 'cheap/model',
        sent: 20.2,
        cost: 2_020_000,
        native: inr(2_020_000),
        rank: ['quality-cost 3'],
        processingSeconds: 20.2,
        ...unmeasured,
      },
    ])
    expect(unable).toEqual([{ provider: 'vendor', model: 'vendor/motion', why: 'its key is not set' }])
    expect(advice).toMatchObject({
      route: { provider: 'fine' },
      why: expect.stringMatching(/^Ranked first/),
      alternatives: [],
    })
  })

  it('measures a script as a generation does, and names the language and the voice it would take', async () => {
    const { speech } = await ask({ speech: { script: 'x'.repeat(123) } })
    expect(speech).toEqual({ seconds: 12.3, language: 'en', languageSource: 'detected', voice: 'en-us-slt' })
    const slow = await ask({ speech: { script: 'x'.repeat(123) }, settings: { ...settings, speed: 0.5 } })
    expect(slow.speech.seconds).toBe(24.6)
  })

  it('tells the rank under each strategy that is asked for, and takes the order of the first', async () => {
    const { options } = await ask(
      { strategies: ['cheapest', 'latency', 'priority'] },
      { models, pace: async (provider) => (provider === 'riddle' ? 0.5 : 3) },
    )
    expect(options.map(({ route, ranks }) => [route.provider, ...ranks.map(({ rank }) => rank)])).toEqual([
      ['cheap', 1, 3, 2],
      ['fine', 2, 2, 1],
      ['riddle', 3, 1, 3],
    ])
    const riddled = options.find(({ route }) => route.provider === 'riddle')
    expect(riddled).toMatchObject({ processingSeconds: 10.1, isMeasured: true })
    expect(riddled?.ranks.map(({ strategy }) => strategy)).toEqual(['cheapest', 'latency', 'priority'])
  })

  it('looks at the model asked for alone', async () => {
    const { options, unable } = await ask({ settings: { ...settings, model: 'cheap/model' } })
    expect(options.map(({ route }) => route.provider)).toEqual(['cheap'])
    expect(unable).toEqual([])
    await expect(ask({ settings: { ...settings, model: 'none' } })).rejects.toMatchObject({ reason: 'model-unknown' })
  })

  it('says why each cannot: language, recording, shape', async () => {
    const { options, unable, advice } = await ask({ recorded: true })
    expect(options).toEqual([])
    expect(unable.map(({ why }) => why)).toContain('it cannot speak a recording')
    expect(advice).toEqual({ route: null, why: 'No model can do this.', alternatives: [] })
  })

  it('says how many words would do where there are too many for each', async () => {
    const { options, unable, advice, speech } = await ask({ speech: { script: 'x'.repeat(900) } })
    expect(speech.seconds).toBe(90)
    expect(options).toEqual([])
    expect(unable).toContainEqual({ provider: 'fine', model: 'fine/model', why: 'it does at most 60 s' })
    expect(advice.alternatives).toMatchObject([{ kind: 'shorter-script', seconds: 60, characters: 600 }])
  })
})

describe('within a budget', () => {
  const within = (micros: number, changes: Partial<EstimateRequest> = {}) =>
    ask({ budget: { micros, currency: null }, ...changes })

  it('takes the first in rank that keeps to it', async () => {
    const enough = await within(17_482_500)
    expect(enough.advice).toMatchObject({
      route: { provider: 'fine' },
      why: expect.stringMatching(/^Ranked first, and within/),
    })
    expect(enough.options.map(({ isWithinBudget }) => isWithinBudget)).toEqual([true, false, true])
    const economical = await within(5_000_000, {
      settings: { ...settings, quality: 'economy' },
      strategies: ['priority'],
    })
    expect(economical.advice).toMatchObject({
      route: { provider: 'cheap' },
      why: expect.stringMatching(/^The first in rank that is within/),
    })
  })

  it('names what would fit where nothing does: a lesser quality, fewer words, more money', async () => {
    const { advice } = await within(15_000_000, { speech: { script: 'x'.repeat(202) } })
    expect(advice).toMatchObject({ route: null, why: 'Nothing that reaches standard is within the budget.' })
    const [lesser, shorter, larger] = advice.alternatives
    expect(lesser).toMatchObject({ kind: 'lower-quality', quality: 'economy', route: { provider: 'cheap' } })
    // 18 whole seconds at 0.8325 INR are 14.985; the 19th is beyond.
    expect(shorter).toMatchObject({ kind: 'shorter-script', seconds: 18, characters: 180, route: { provider: 'fine' } })
    expect(larger).toMatchObject({ kind: 'larger-budget', budget: inr(17_482_500), route: { provider: 'fine' } })
  })

  it('offers no shorter script where the least that is sent costs too much already', async () => {
    const { advice } = await within(1_000)
    expect(advice.why).toBe('Nothing is within the budget.')
    expect(advice.alternatives.map(({ kind }) => kind)).toEqual(['larger-budget'])
  })

  it('each alternative really is within it', async () => {
    for (const micros of [200_000, 2_500_000, 13_000_000]) {
      const { advice } = await within(micros, { strategies: ['cheapest'] })
      for (const alternative of advice.alternatives) {
        if (alternative.kind !== 'shorter-script') continue
        const again = await within(micros, { speech: { seconds: alternative.seconds }, strategies: ['cheapest'] })
        expect(again.advice.route?.model.id).toBe(alternative.route.model.id)
        const longer = await within(micros, {
          speech: { seconds: alternative.seconds + 0.1 },
          strategies: ['cheapest'],
        })
        expect(longer.advice.route).toBeNull()
      }
    }
  })

  it('does not ask for a quality that nobody who can do it reaches', async () => {
    const demanding = { ...settings, quality: 'premium' as const }
    const { advice } = await ask(
      { budget: { micros: 9_000_000, currency: null }, settings: demanding },
      { models: [cheap] },
    )
    expect(advice).toMatchObject({
      route: { provider: 'cheap' },
      why: expect.stringContaining('nobody who can reaches'),
    })
  })

  it('may be in another currency', async () => {
    const { budget, advice } = await ask({ budget: { micros: 210_000, currency: 'USD' } })
    expect(budget).toEqual(inr(17_482_500))
    expect(advice.route?.provider).toBe('fine')
    await expect(ask({ budget: { micros: 1, currency: 'JPY' } })).rejects.toMatchObject({ reason: 'currency-unknown' })
  })
})
