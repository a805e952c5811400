import { describe, expect, it } from '@jest/globals'
import { presentMoney } from '../../../src/realtime/present-money.ts'
import { moneySchema } from '../../../src/realtime/public-parts.ts'

describe('money', () => {
  it.each([
    [0, '0.00'],
    [1, '0.000001'],
    [10_000, '0.01'],
    [150_000, '0.15'],
    [1_000_000, '1.00'],
    [1_234_500, '1.2345'],
    [100_000_000_000_001, '100000000.000001'],
    [-50_000, '-0.05'],
  ])('of %i micro-units is %s', (micros, amount) => {
    expect(moneySchema.parse(presentMoney({ micros, currency: 'USD' }))).toEqual({ amount, micros, currency: 'USD' })
  })
})
