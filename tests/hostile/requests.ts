/** Requests for every operation of the API's document: right ones, and wrong in every way that fits into HTTP. */
import fc, { type Arbitrary } from 'fast-check'
import type { DocumentObject, OperationObject } from '../support/hold-to-document.ts'
import { type Schema, valueFor, wild, wildText } from './values.ts'

export interface FuzzRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'form'; readonly parts: readonly Part[] }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }

export interface Part {
  readonly name: string
  /** For a photo the name of one of the photos at hand. */
  readonly value: string
  readonly isFile: boolean
}

export interface AtHand {
  /** Ids that exist, of generations and photos. */
  readonly ids: readonly string[]
  /** Each as often as it is to be chosen. */
  readonly photos: readonly string[]
}

export function requestFor(
  document: DocumentObject,
  path: string,
  method: string,
  atHand: AtHand,
): Arbitrary<FuzzRequest> {
  const operation = document.paths[path]![method]!
  const schemaOf = (given: Schema): Schema =>
    given.$ref ? (document.components.schemas[given.$ref.split('/').at(-1)!] as Schema) : given
  return fc
    .tuple(methodFor(method), queryFor(operation), headersFor(operation), bodyFor(operation, schemaOf, atHand))
    .chain(([chosen, query, headers, body]) =>
      pathFor(path, chosen === 'DELETE' ? [] : atHand.ids).map((filled) => ({
        method: chosen,
        url: query === '' ? filled : `${filled}?${query}`,
        headers,
        body,
      })),
    )
}

function methodFor(method: string): Arbitrary<string> {
  const own = method.toUpperCase()
  const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']
  return fc.oneof({ weight: 19, arbitrary: fc.constant(own) }, { weight: 1, arbitrary: fc.constantFrom(...others) })
}

/** What is in the place of an id: one that exists, one that might, and what leads elsewhere. */
function pathFor(path: string, ids: readonly string[]): Arbitrary<string> {
  if (!path.includes('{'))
    return fc.constantFrom(path, path, path, path, `${path}/`, `${path}//`, `${path}/x`, path.toUpperCase())
  const strange = [
    '..',
    '%2e%2e%2f',
    '%00',
    '%',
    '%zz',
    '%ff',
    '*',
    '__proto__',
    'x'.repeat(500),
    'a%20b',
    '%F0%9F%98%80',
    "'--",
  ]
  const id = fc.oneof(
    { weight: ids.length > 0 ? 4 : 0, arbitrary: fc.constantFrom(...ids, 'gen_0') },
    { weight: 2, arbitrary: fc.stringMatching(/^[\w-]{1,64}$/) },
    { weight: 2, arbitrary: fc.constantFrom(...strange) },
  )
  return id.map((chosen) => path.replace('{id}', chosen))
}

function queryFor({ parameters = [] }: OperationObject): Arbitrary<string> {
  const known = parameters
    .filter(({ in: place }) => place === 'query')
    .map(({ name, schema }) => fc.tuple(fc.constant(name), valueFor(schema as Schema)))
  const unknown = fc.tuple(fc.oneof(fc.constantFrom('__proto__', 'limit[]', 'status[x]', 'a.b'), wildText), wild)
  const pairs = fc.oneof(
    { weight: known.length > 0 ? 8 : 0, arbitrary: known.length > 0 ? fc.oneof(...known) : unknown },
    { weight: 1, arbitrary: unknown },
  )
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant('') },
    { weight: 3, arbitrary: fc.array(pairs, { maxLength: 4 }).map((list) => list.map(encodePair).join('&')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('%', '=&=&', '&&&', 'limit=%zz', 'limit=1&limit=2', 'a'.repeat(4000)),
    },
  )
}

function encodePair([name, value]: readonly [string, unknown]): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  return [name, text].map((part) => encodeURIComponent(part.replaceAll(/\p{Surrogate}/gu, '?'))).join('=')
}

/** What Node lets into a header. */
const headerText = fc
  .oneof(
    fc.constantFrom('', '*', 'W/"x"', '"a","b"', 'bytes=0-', 'bytes=5-2', 'bytes=-1', '0', '-1', '9'.repeat(30)),
    fc.string(),
  )
  .map((text) => text.replaceAll(/[^\x20-\x7e]/g, '?').trim())

function headersFor({ parameters = [] }: OperationObject): Arbitrary<Record<string, string>> {
  const own = parameters.filter(({ in: place }) => place === 'header').map(({ name }) => name)
  const junk = [
    'X-Request-ID',
    'Accept',
    'Accept-Encoding',
    'Authorization',
    'Cookie',
    'If-None-Match',
    'Range',
    'X-Forwarded-For',
  ]
  const names = fc.constantFrom(...own, ...own, ...junk)
  return fc.array(fc.tuple(names, headerText), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs))
}

function bodyFor(operation: OperationObject, schemaOf: (given: Schema) => Schema, atHand: AtHand): Arbitrary<Body> {
  const nothing = fc.constant<Body>({ kind: 'none' })
  const text = wildText.map<Body>((each) => ({ kind: 'text', text: each }))
  const { content } = operation.requestBody ?? {}
  if (!content) return fc.oneof({ weight: 19, arbitrary: nothing }, { weight: 1, arbitrary: text })
  const kinds = Object.entries(content).map(([type, { schema }]) => {
    const fields = schemaOf(schema as Schema)
    return { weight: 10, arbitrary: type === 'application/json' ? jsonFor(fields, atHand) : formFor(fields, atHand) }
  })
  return fc.oneof(...kinds, { weight: 1, arbitrary: nothing }, { weight: 1, arbitrary: text })
}

function jsonFor({ properties = {} }: Schema, atHand: AtHand): Arbitrary<Body> {
  const names = Object.keys(properties)
  const fitting = { photo_id: atHand.ids.at(-1), script: 'Hi.', quality: 'economy', consent: true }
  const usual = Object.fromEntries(Object.entries(fitting).filter(([name]) => names.includes(name)))
  const field = (name: string) => fc.tuple(fc.constant(name), fieldFor(name, properties[name]!, atHand))
  const anyField =
    names.length > 0 ? fc.constantFrom(...names).chain(field) : fc.constant<[string, unknown]>(['any', 'thing'])
  const chosen = fc.array(anyField, { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs))
  const odd = fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.object() })
  const object = fc
    .tuple(chosen, odd)
    .map(([given, more]): Body => ({ kind: 'json', value: { ...usual, ...given, ...more } }))
  const other = wild.map((value): Body => ({ kind: 'json', value }))
  return fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: other })
}

function formFor({ properties = {} }: Schema, atHand: AtHand): Arbitrary<Body> {
  const names = Object.keys(properties).filter((name) => name !== 'photo')
  const asText = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
  const field = (name: string) => fieldFor(name, properties[name]!, atHand).map((value) => part(name, asText(value)))
  const usual =
    'script' in properties ? [part('script', 'Hi.'), part('quality', 'economy'), part('consent', 'true')] : []
  const strangeNames = [
    '__proto__',
    'constructor',
    'photo[]',
    'script[a]',
    'voice_settings[speed]',
    'voice_settings.x.y',
    'a'.repeat(300),
    '',
  ]
  const strange = fc.tuple(fc.constantFrom(...strangeNames, ...names), wildText, fc.boolean())
  const photo = fc
    .tuple(fc.constantFrom(...atHand.photos), fc.integer({ min: 0, max: 19 }))
    .map(([value, dice]) => (dice === 0 ? [] : dice === 1 ? [part('photo', 'x')] : [part('photo', value, true)]))
  return fc
    .tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant([]) }),
      names.length > 0 ? fc.array(fc.constantFrom(...names).chain(field), { maxLength: 4 }) : fc.constant([]),
      photo,
      fc.oneof(
        { weight: 6, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(strange, { maxLength: 2 }) },
      ),
    )
    .map(([first, fields, photos, odd]) => {
      // A chosen field takes the place of the usual one; two equal ones in the choice stay two.
      const chosen = new Set(fields.map(({ name }) => name))
      const parts = [...first.filter(({ name }) => !chosen.has(name)), ...fields, ...photos]
      return { kind: 'form', parts: [...parts, ...odd.map(([name, value, isFile]) => part(name, value, isFile))] }
    })
}

const part = (name: string, value: string, isFile = false): Part => ({ name, value, isFile })

function fieldFor(name: string, schema: Schema, { ids }: AtHand): Arbitrary<unknown> {
  if (name === 'photo_id')
    return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: valueFor(schema) })
  if (name === 'face')
    return fc.oneof({ weight: 1, arbitrary: valueFor(schema) }, { weight: 1, arbitrary: fc.constant(0) })
  return valueFor(schema)
}
