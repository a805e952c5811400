import type { Money } from '../generations/generation.ts'
import type { PublicMoney } from './public-parts.ts'

/** The amount is exact: integer arithmetic on the micro-units, at least two decimals, no trailing zeros past them. */
export function presentMoney({ micros, currency }: Money): PublicMoney {
  const whole = Math.trunc(Math.abs(micros) / 1e6)
  const decimals = String(Math.abs(micros) % 1e6)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return { amount: `${micros < 0 ? '-' : ''}${whole}.${decimals}`, micros, currency }
}
