/** The slice of the environment that says in what money is counted, and what other money is worth. */
import { z } from 'zod'

const currency = z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, such as INR')

/** 'USD:83.25,EUR:90.1' as { USD: '83.25', EUR: '90.1' }: what one of them is worth in CURRENCY. */
const rates = z.string().transform((text, context) => {
  const pairs: [string, string][] = []
  for (const item of text.split(',')) {
    if (item.trim() === '') continue
    const [, from, rate] = /^([A-Z]{3})\s*:\s*(\d{1,9}(?:\.\d{1,6})?)$/.exec(item.trim()) ?? []
    if (from === undefined || Number(rate) === 0) {
      const message = `'${item.trim()}' is not <currency>:<rate>, such as USD:83.25 (above 0, at most six places)`
      context.addIssue({ code: 'custom', message })
    } else if (pairs.some(([other]) => other === from)) {
      context.addIssue({ code: 'custom', message: `'${from}' is there twice` })
    } else pairs.push([from, rate!])
  }
  return Object.fromEntries(pairs)
})

export const moneyEnvironment = z.object({
  CURRENCY: currency.default('INR'),
  FX_RATES: rates.default({}),
  FX_DATE: z.iso.date('must be a day such as 2026-11-21').optional(),
})

/** What is wrong between the variables, each true by itself. */
export function moneyMistakes({ CURRENCY, FX_RATES, FX_DATE }: z.output<typeof moneyEnvironment>): readonly string[] {
  const hasRates = Object.keys(FX_RATES).length > 0
  return [
    ...(Object.hasOwn(FX_RATES, CURRENCY)
      ? [`FX_RATES: ${CURRENCY} is what is counted in (CURRENCY); it has no rate`]
      : []),
    ...(hasRates && FX_DATE === undefined ? ['FX_DATE: say of which day FX_RATES are'] : []),
  ]
}
