/** From what a form or a JSON body holds to values of a schema; every mistake is kept, none stops the reading. */
import type { z } from 'zod'
import { type Mistake, unknownField } from './mistakes.ts'

/** Fields that have fields of their own, in a form as `voice_settings[speed]` or `voice_settings.speed`. */
const groups: Readonly<Record<string, readonly string[]>> = {
  voice_settings: ['speed', 'pitch'],
  cost_limit: ['amount', 'currency'],
}

/**
 * Brings the text fields of a form into the shape of the JSON body: dotted names become objects, and a name that came
 * twice is a mistake and left out.
 */
export function readFormFields(
  fields: Readonly<Record<string, unknown>>,
  mistakes: Mistake[],
): Record<string, unknown> {
  const body: Record<string, unknown> = Object.create(null)
  const repeated = (field: string) => {
    mistakes.push({ field, reason: 'field-repeated', message: 'came more than once', hint: 'Send each field once.' })
  }
  for (const [name, value] of Object.entries(fields)) {
    const [group = '', inner] = name.split('.', 2)
    if (Array.isArray(value)) repeated(name)
    else if (inner !== undefined && Object.hasOwn(groups, group)) {
      const sofar = body[group] ?? {}
      if (typeof sofar !== 'object' || Object.hasOwn(sofar, inner)) repeated(name)
      else body[group] = { ...sofar, [inner]: value }
    } else if (typeof value === 'object' && value !== null && Object.hasOwn(groups, name)) {
      // An empty name inside is the plain field sent beside the bracketed ones.
      const { '': plain, ...own } = value as Record<string, unknown>
      if (plain !== undefined || body[name] !== undefined) repeated(name)
      for (const [key, each] of Object.entries(own)) if (Array.isArray(each)) repeated(`${name}.${key}`)
      body[name] = Object.fromEntries(Object.entries(own).filter(([, each]) => !Array.isArray(each)))
    } else if (body[name] !== undefined) repeated(name)
    else body[name] = value
  }
  return body
}

/** The schema's values, or null when something does not fit; the mistakes then say what. */
export function checkFields<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: Readonly<Record<string, unknown>>,
  mistakes: Mistake[],
): z.output<z.ZodObject<Shape>> | null {
  const known = Object.keys(schema.shape)
  for (const name of Object.keys(body)) {
    if (!known.includes(name)) mistakes.push(unknownField(name, known))
  }
  for (const [group, inner] of Object.entries(groups)) {
    const value = known.includes(group) ? readObject(body[group]) : {}
    for (const name of Object.keys(value))
      if (!inner.includes(name)) mistakes.push(unknownField(name, inner, `${group}.`))
  }
  const read = schema.safeParse(body)
  if (read.success) return read.data
  for (const issue of read.error.issues) mistakes.push(toMistake(issue, schema, body))
  return null
}

function readObject(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value
  if (typeof value !== 'string') return {}
  try {
    return readObject(JSON.parse(value))
  } catch {
    return {}
  }
}

function toMistake(issue: z.core.$ZodIssue, schema: z.ZodObject, body: Readonly<Record<string, unknown>>): Mistake {
  const [name = '', ...inner] = issue.path.map(String)
  const field = Object.hasOwn(groups, name) ? [name, ...inner].join('.') : name
  const described: z.ZodType | undefined = schema.shape[name]
  const value = body[name]
  const missing =
    inner.length === 0 && (value === undefined || value === '' || (typeof value === 'string' && value.trim() === ''))
  return {
    field,
    reason: missing ? 'field-missing' : 'field-invalid',
    message: missing ? 'is required' : issue.message,
    ...(described?.description && { hint: described.description }),
  }
}
