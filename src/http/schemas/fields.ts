/**
 * How values arrive. A form sends words for everything and JSON sends values; both are read the same way:
 * '30' is 30, 'yes' is true, 'Premium' is 'premium', an empty field is one that was not filled in.
 */
import { z } from 'zod'

/** A number from `min` to `max`. */
export function numberField({ min, max, whole = false }: { min: number; max: number; whole?: boolean }) {
  const message = `must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}`
  const number = whole ? z.int({ error: message }) : z.number({ error: message })
  return { read: readNumber, schema: number.min(min, message).max(max, message) }
}

export function flagField() {
  return { read: readFlag, schema: z.boolean({ error: 'must be true or false' }) }
}

/** One of `values`; `aliases` are other words for them. */
export function choiceField<const T extends readonly string[]>(
  values: T,
  aliases: Readonly<Record<string, T[number]>> = {},
) {
  const read = (value: unknown) => {
    const word = readText(value)
    if (typeof word !== 'string') return word
    const plain = word.toLowerCase()
    return Object.hasOwn(aliases, plain) ? aliases[plain] : plain
  }
  return {
    read,
    schema: z
      .enum(values, { error: `must be one of ${[...values, ...Object.keys(aliases)].join(', ')}` })
      .meta({ override: { enum: [...values, ...Object.keys(aliases)] } }),
  }
}

/** An amount of money: 5, "4.50", or {"amount": "4.50", "currency": "USD"}. */
export function moneyField() {
  const error = 'must be an amount from 0 with at most six places: 5, "4.50", or {"amount": "4.50", "currency": "USD"}'
  const shape = /^\d{1,9}(\.\d{1,6})?$/
  const number = z.number().refine((value) => shape.test(String(value)), error)
  const amount = z.union([number.meta({ override: { minimum: 0 } }), z.string().regex(shape, error)], { error })
  const currency = z.string({ error }).regex(/^[A-Z]{3}$/, error)
  const inCurrency = z.strictObject(
    { amount: z.preprocess(readText, amount), currency: z.preprocess(readCurrency, currency.optional()) },
    { error },
  )
  const read = (value: unknown) => {
    const text = readText(value)
    return typeof text === 'string' && text.startsWith('{') ? readJson(text) : text
  }
  return { read, schema: z.union([amount, inCurrency], { error }) }
}

function readCurrency(value: unknown): unknown {
  const text = readText(value)
  return typeof text === 'string' ? text.toUpperCase() : text
}

/** A short name without blanks. */
export function nameField(shape: RegExp, message: string) {
  return { read: readText, schema: z.string({ error: message }).regex(shape, message) }
}

interface Field<S extends z.ZodType> {
  readonly read: (value: unknown) => unknown
  readonly schema: S
}

/** The description is also the hint that a caller gets whose value does not fit. */
export function required<S extends z.ZodType>({ read, schema }: Field<S>, description: string) {
  return z.preprocess(read, schema).describe(description)
}

export function optional<S extends z.ZodType>({ read, schema }: Field<S>, description: string) {
  return z.preprocess(read, schema.optional()).describe(description)
}

/** @param fallback what an absent or empty field means */
export function defaulted<S extends z.ZodType>(
  { read, schema }: Field<S>,
  fallback: z.util.NoUndefined<z.output<S>>,
  description: string,
) {
  return z.preprocess(read, schema.default(fallback)).describe(description)
}

/** Shows a value in the document; zod itself leaves out examples where the value is read from words first. */
export function withExample<S extends z.ZodType>(schema: S, example: unknown): S {
  return schema.meta({ override: { examples: [example] } })
}

/** Text that PostgreSQL and UTF-8 can hold: no NUL, no half of a character, nothing that was lost on the way here. */
export function textProblem(text: string): string | null {
  if (text.includes('\0')) return 'must not contain the character NUL'
  if (/\p{Surrogate}/u.test(text) || text.includes('\ufffd')) return 'must be valid UTF-8 text'
  return null
}

export function readText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value.trim() === '' ? undefined : value.trim().replaceAll('\r\n', '\n')
}

/** JSON in a text field, or the value itself. What is not JSON stays a string, for the schema to refuse. */
export function readJson(value: unknown): unknown {
  const text = readText(value)
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readNumber(value: unknown): unknown {
  const text = readText(value)
  return typeof text === 'string' && /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text) ? Number(text) : text
}

const flagWords: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

function readFlag(value: unknown): unknown {
  const text = readText(value)
  if (typeof text !== 'string') return text
  const word = text.toLowerCase()
  return Object.hasOwn(flagWords, word) ? flagWords[word] : text
}
