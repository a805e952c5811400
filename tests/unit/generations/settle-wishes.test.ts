import { describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { settleWishes, type WishParts } from '../../../src/generations/settle-wishes.ts'
import { createPriceBook } from '../../../src/money/price-book.ts'

const parts: WishParts = {
  findModel: (name) =>
    name === 'old name'
      ? { kind: 'model', id: 'a/model', warning: "'old name' is an old name for a/model." }
      : name === 'gone'
        ? { kind: 'unknown', why: 'It was shut down.', known: ['a/model', 'b/model'] }
        : ['a/model', 'b/model'].includes(name)
          ? { kind: 'model', id: name, warning: null }
          : { kind: 'unknown', why: null, known: ['a/model', 'b/model'] },
  whyNot: (id, tenantId) => (id === 'b/model' && tenantId === 'local' ? 'B_KEY is not set' : null),
  currency: 'INR',
  convert: createPriceBook({ currency: 'INR', rates: { USD: '83.25' } }).convert,
  currencies: ['INR', 'USD'],
}
const settle = (wishes: Parameters<typeof settleWishes>[2], tenantId = 'local') => settleWishes(parts, tenantId, wishes)

function refusal(wishes: Parameters<typeof settleWishes>[2]): Failure {
  try {
    settle(wishes)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('what a request says of models and money', () => {
  it('may be nothing', () => {
    expect(settle({})).toEqual({ settings: {}, warnings: [] })
  })

  it("turns a model's other name into its id, and tells of it", () => {
    expect(settle({ model: 'a/model' })).toEqual({ settings: { model: 'a/model' }, warnings: [] })
    expect(settle({ model: 'old name' })).toEqual({
      settings: { model: 'a/model' },
      warnings: [{ code: 'model-renamed', message: "'old name' is an old name for a/model." }],
    })
  })

  it('lists the models there are where a name is unknown, and says what became of one that was known', () => {
    const unknown = refusal({ model: 'c' })
    expect(unknown).toMatchObject({ code: 'INVALID_MODEL', reason: 'model-unknown', status: 422 })
    expect(unknown.hint).toContain('a/model, b/model')
    expect(refusal({ model: 'gone' }).message).toBe('It was shut down.')
  })

  it('says why a model cannot be had, to those who cannot have it', () => {
    expect(refusal({ model: 'b/model' })).toMatchObject({
      reason: 'model-unavailable',
      message: 'b/model is not available: B_KEY is not set.',
    })
    expect(settle({ model: 'b/model' }, 'other').settings).toEqual({ model: 'b/model' })
  })

  it('takes an amount in our currency or one that has a rate, and never makes it wider', () => {
    const settled = (micros: number, currency: string | null) => settle({ costLimit: { micros, currency } }).settings
    expect(settled(5, null)).toEqual({ costLimit: { micros: 5, currency: 'INR' } })
    expect(settled(5, 'INR')).toEqual({ costLimit: { micros: 5, currency: 'INR' } })
    expect(settled(1, 'USD')).toEqual({ costLimit: { micros: 83, currency: 'INR' } })
    const unknown = refusal({ costLimit: { micros: 1, currency: 'JPY' } })
    expect(unknown).toMatchObject({ reason: 'currency-unknown', extra: { known: ['INR', 'USD'] } })
    expect(unknown.hint).toContain('INR, USD')
  })
})
