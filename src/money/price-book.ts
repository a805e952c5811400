/**
 * What a model costs on a day, in the one currency that this installation counts in. Money is integer micro-units;
 * rounding is up, so that what is put aside is never too little.
 */
import type { Money } from '../generations/generation.ts'
import type { PricedAmount } from '../generations/vendor-parts.ts'
import type { Model, Price } from '../providers/model.ts'

export interface Quote {
  /** In the installation's currency. */
  readonly money: Money
  /** In the currency of the price. */
  readonly native: Money
  readonly price: Price
}

export interface PriceBook {
  readonly currency: string
  /** For so much; null when no price, or no rate for its currency, is known. */
  quote(model: Pick<Model, 'prices'>, amount: PricedAmount, at: Date): Quote | null
  /** In the installation's currency, rounded up unless told otherwise: a bound is rounded down. Null when no rate is known. */
  convert(money: Money, rounding?: 'up' | 'down'): Money | null
}

const labelRank: Readonly<Record<Price['label'], number>> = { set: 0, list: 1, seed: 2 }

/** @param rates how much of `currency` one unit of another is worth, as a decimal: { USD: '83.25' } */
export function createPriceBook({
  currency,
  rates,
}: {
  readonly currency: string
  readonly rates: Readonly<Record<string, string>>
}): PriceBook {
  const millionths = new Map(Object.entries(rates).map(([from, rate]) => [from, toMicros(rate)]))
  millionths.set(currency, 1_000_000n)
  const convert: PriceBook['convert'] = ({ micros, currency: from }, rounding = 'up') => {
    const rate = millionths.get(from)
    if (rate === undefined) return null
    const exact = BigInt(micros) * rate
    return { micros: Number(rounding === 'up' ? divideUp(exact, 1_000_000n) : exact / 1_000_000n), currency }
  }
  return {
    currency,
    convert,
    quote({ prices }, { seconds = 0, calls = 1, characters = 0 }, at) {
      const price = priceOn(prices, at)
      if (!price) return null
      const units = { second: seconds, call: calls, character: characters }[price.unit]
      // Binary fractions: 0.1 s x 3 must not cost a micro more.
      const native = { micros: Math.ceil(round(price.micros * units)), currency: price.currency }
      const money = convert(native)
      return money && { money, native, price }
    },
  }
}

/** The price that holds at that moment: by label, then the one that came last. */
export function priceOn<P extends Pick<Price, 'label' | 'from'>>(prices: readonly P[], at: Date): P | null {
  const day = at.toISOString().slice(0, 10)
  const holding = prices.filter(({ from }) => from <= day)
  holding.sort((a, b) => labelRank[a.label] - labelRank[b.label] || (a.from < b.from ? 1 : -1))
  return holding[0] ?? null
}

/** A decimal of at most six places as integer millionths. @throws RangeError for anything else */
export function toMicros(decimal: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(decimal) ?? []
  if (whole === undefined) throw new RangeError(`not an amount: ${decimal}`)
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
}

const round = (micros: number) => Math.round(micros * 1000) / 1000

function divideUp(amount: bigint, by: bigint): bigint {
  return (amount + by - 1n) / by
}
