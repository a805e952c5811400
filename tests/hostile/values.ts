/** Values for a JSON schema of the API's document: such as fit, such as nearly fit, and such as were never meant. */
import fc, { type Arbitrary } from 'fast-check'

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** Mostly fitting values, so that a request of many fields is sometimes right as a whole. */
export function valueFor(schema: Schema): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8, arbitrary: fitting(schema) },
    { weight: 1, arbitrary: nearly(schema) },
    { weight: 1, arbitrary: wild },
  )
}

export function fitting(schema: Schema): Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  switch (schema.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000, noNaN: true })
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, valueFor(inner)])),
        { requiredKeys: [] },
      )
    case 'string':
      return schema.pattern && schema.maxLength === undefined
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc.constantFrom(...words)
    default:
      return fc.jsonValue()
  }
}

/** Just outside, or inside in other clothes. */
function nearly(schema: Schema): Arbitrary<unknown> {
  const { minimum, maximum, maxLength } = schema
  const near: unknown[] = ['', ' ', [], {}]
  if (minimum !== undefined) near.push(minimum - 1, minimum - 1e-9, String(minimum), -minimum, [minimum])
  if (maximum !== undefined) near.push(maximum + 1, maximum + 1e-9, `${maximum}.`, maximum * 1e300, `+${maximum}`)
  if (maxLength !== undefined) near.push('x'.repeat(maxLength + 1), 'e\u0301'.repeat(maxLength / 2))
  for (const each of schema.enum ?? []) near.push(` ${String(each).toUpperCase()} `, [each], `${each}\0`)
  if (schema.type === 'boolean') near.push('yes', 'FALSE', 'maybe', 1, 0)
  return fc.constantFrom(...near)
}

const words = [
  'Hi.',
  'Hello from me.',
  'One. Two. Three.',
  'héllo',
  '你好',
  '🙂',
  'a\r\nb',
  '<b>bold</b>',
  "'; DROP TABLE x;--",
]

export const wildText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    'NaN',
    'Infinity',
    '1e309',
    '-0',
    '0x10',
    '٣',
    '[]',
    '{',
    '__proto__',
    '\0',
    '\ufffd',
    '\u202ex',
  ),
  fc.constantFrom('../../etc/passwd', '#{7*7}', '%s%n', '{"$ne":1}', '-o /etc/passwd', 'a'.repeat(5000), '\ud800'),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

export const wild: Arbitrary<unknown> = fc.oneof(
  wildText,
  fc.constantFrom(null, true, -1, 1e308, Number.MAX_SAFE_INTEGER + 1),
  fc.jsonValue(),
)
