import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createPriceBook, priceOn, toMicros } from '../../../src/money/price-book.ts'
import type { Price } from '../../../src/providers/model.ts'

const price = (changes: Partial<Price> = {}): Price => ({
  micros: 150_000,
  currency: 'INR',
  unit: 'second',
  label: 'list',
  source: 'test',
  from: '2026-01-01',
  ...changes,
})
const book = createPriceBook({ currency: 'INR', rates: { USD: '83.25', EUR: '90.1' } })
const day = new Date('2026-11-21T12:00:00Z')
const quote = (prices: readonly Price[], seconds = 10) => book.quote({ prices }, { seconds }, day)

describe('the price book', () => {
  it('counts by the second or by the call', () => {
    expect(quote([price()])?.money).toEqual({ micros: 1_500_000, currency: 'INR' })
    expect(quote([price()], 7.33)?.money.micros).toBe(1_099_500)
    expect(quote([price({ unit: 'call' })], 7.33)?.money.micros).toBe(150_000)
  })

  it('does not charge a micro for how binary fractions round', () => {
    expect(quote([price({ micros: 3 })], 0.1 + 0.2)?.money.micros).toBe(1)
    expect(quote([price({ micros: 10 })], 0.1 + 0.2)?.money.micros).toBe(3)
  })

  it('converts, and keeps what it was in the currency of the price', () => {
    const found = quote([price({ micros: 50_000, currency: 'USD' })])
    expect(found?.native).toEqual({ micros: 500_000, currency: 'USD' })
    expect(found?.money).toEqual({ micros: 41_625_000, currency: 'INR' })
  })

  it('knows no price without a rate, without a price, or before its day', () => {
    expect(quote([price({ currency: 'JPY' })])).toBeNull()
    expect(quote([])).toBeNull()
    expect(quote([price({ from: '2026-11-22' })])).toBeNull()
    expect(quote([price({ from: '2026-11-21' })])).not.toBeNull()
    expect(book.convert({ micros: 1, currency: 'JPY' })).toBeNull()
  })

  it('takes what was set here before a list price before the price of a guide, and of each the latest', () => {
    const seed = price({ label: 'seed', from: '2026-11-01' })
    const list = price({ label: 'list' })
    const set = price({ label: 'set', from: '2026-02-01' })
    const newer = price({ label: 'set', from: '2026-03-01' })
    const future = price({ label: 'set', from: '2027-01-01' })
    expect(priceOn([seed, list], day)).toBe(list)
    expect(priceOn([seed, list, set, newer, future], day)).toBe(newer)
    expect(priceOn([newer, set], new Date('2026-02-15'))).toBe(set)
    expect(priceOn([future, seed], day)).toBe(seed)
  })

  it('turns a bound into its own currency without making it wider', () => {
    expect(book.convert({ micros: 1, currency: 'USD' })?.micros).toBe(84)
    expect(book.convert({ micros: 1, currency: 'USD' }, 'down')?.micros).toBe(83)
    expect(book.convert({ micros: 5, currency: 'INR' }, 'down')).toEqual({ micros: 5, currency: 'INR' })
  })

  it('reads decimals of at most six places exactly', () => {
    expect([toMicros('83.25'), toMicros('0.000001'), toMicros('7')]).toEqual([83_250_000n, 1n, 7_000_000n])
    for (const wrong of ['', '.5', '1.', '-1', '1e3', '0.0000001', '1,5', ' 1']) {
      expect(() => toMicros(wrong)).toThrow(RangeError)
    }
  })
})

describe('for any price', () => {
  const micros = fc.integer({ min: 0, max: 5_000_000_000 })
  const seconds = fc.double({ min: 0, max: 3600, noNaN: true })
  const currency = fc.constantFrom('INR', 'USD', 'EUR')

  it('a quote is whole micros, and never less than the price says', () => {
    fc.assert(
      fc.property(micros, seconds, (amount, length) => {
        const found = quote([price({ micros: amount })], length)!.money.micros
        expect(Number.isSafeInteger(found)).toBe(true)
        // A thousandth of a micro is what rounding of binary fractions may be worth.
        expect(found).toBeGreaterThanOrEqual(amount * length - 0.001)
        expect(found).toBeLessThan(amount * length + 1.001)
      }),
    )
  })

  it('a longer video never costs less', () => {
    fc.assert(
      fc.property(micros, currency, seconds, seconds, (amount, from, one, other) => {
        const costs = [one, other]
          .sort((a, b) => a - b)
          .map((length) => quote([price({ micros: amount, currency: from })], length)!.money.micros)
        expect(costs[0]).toBeLessThanOrEqual(costs[1]!)
      }),
    )
  })

  it('converting keeps the order, is exact to less than a micro, and rounds up for prices and down for bounds', () => {
    const exact: Readonly<Record<string, bigint>> = { INR: 1_000_000n, USD: 83_250_000n, EUR: 90_100_000n }
    fc.assert(
      fc.property(micros, micros, currency, (one, other, from) => {
        const up = (amount: number) => book.convert({ micros: amount, currency: from })!.micros
        const down = (amount: number) => book.convert({ micros: amount, currency: from }, 'down')!.micros
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        expect(up(less)).toBeLessThanOrEqual(up(more))
        expect(down(less)).toBeLessThanOrEqual(down(more))
        const product = BigInt(one) * exact[from]!
        expect(BigInt(up(one)) * 1_000_000n - product).toBeGreaterThanOrEqual(0n)
        expect(BigInt(up(one)) * 1_000_000n - product).toBeLessThan(1_000_000n)
        expect(product - BigInt(down(one)) * 1_000_000n).toBeGreaterThanOrEqual(0n)
        expect(product - BigInt(down(one)) * 1_000_000n).toBeLessThan(1_000_000n)
      }),
    )
  })
})
