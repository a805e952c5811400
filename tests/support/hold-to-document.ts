/**
 * Holds what a server answers to its own OpenAPI document: status documented, content type, headers and body as said.
 * Whoever sees answers in a test hands them over; what does not fit comes back in words.
 */
import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

export interface SeenAnswer {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Null when it was not looked at. */
  readonly body: Buffer | null
}

interface Described {
  readonly $ref?: string
  readonly description?: string
}
export interface HeaderObject extends Described {
  readonly required?: boolean
  readonly schema: { readonly type?: string }
}
export interface MediaObject {
  readonly schema: Readonly<Record<string, unknown>>
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
  readonly 'x-item-schema'?: unknown
}
export interface AnswerObject extends Described {
  readonly headers?: Readonly<Record<string, HeaderObject>>
  readonly content?: Readonly<Record<string, MediaObject>>
}
export interface ParameterObject {
  readonly in: string
  readonly name: string
  readonly required?: boolean
  readonly schema: { readonly examples?: readonly unknown[] }
}
export interface OperationObject {
  readonly operationId: string
  readonly summary?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly ParameterObject[]
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaObject>> }
  readonly responses: Readonly<Record<string, AnswerObject>>
}
export interface DocumentObject {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>
    readonly headers: Readonly<Record<string, HeaderObject>>
    readonly responses: Readonly<Record<string, AnswerObject>>
  }
}

export interface Holder {
  readonly document: DocumentObject
  /** What does not fit, each as a sentence; empty when all does. */
  hold(answer: SeenAnswer): readonly string[]
  /** `operationId status` of every answer held so far. */
  readonly seen: ReadonlySet<string>
  /** A validator of the schema at a place of the document: 'components', 'schemas', 'Event'. */
  validatorAt(...place: readonly string[]): ValidateFunction
}

const plainType = (contentType: string) => contentType.replace(/;.*/, '').trim().toLowerCase()

export function createHolder(document: DocumentObject): Holder {
  const ajv = new Ajv2020({ strict: true, allErrors: true, strictTypes: false, strictRequired: false })
  ;(addFormats as unknown as (ajv: Ajv2020) => void)(ajv)
  ajv.addFormat('binary', true)
  ajv.addVocabulary(['discriminator', 'example'])
  const shared = JSON.parse(
    JSON.stringify(document).replaceAll('#/components/schemas/', 'schemas#/$defs/'),
  ) as DocumentObject
  ajv.addSchema({ $id: 'schemas', $defs: shared.components.schemas })
  const seen = new Set<string>()
  const operations = Object.entries(document.paths)
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })))
    .sort((one, other) => one.path.split('{').length - other.path.split('{').length)

  const validatorAt = (...place: readonly string[]) => {
    const schema = place.reduce<unknown>((inside, name) => (inside as Record<string, unknown>)[name], shared)
    return ajv.compile(schema as object)
  }

  const checkAnswer = (answer: SeenAnswer, described: AnswerObject, place: readonly string[]): string[] => [
    ...checkHeaders(answer, described),
    ...checkBody(answer, described, place),
  ]

  const checkHeaders = ({ headers }: SeenAnswer, described: AnswerObject) =>
    Object.entries(described.headers ?? {}).flatMap(([name, given]) => {
      const header = given.$ref ? document.components.headers[given.$ref.split('/').at(-1)!]! : given
      const value = headers[name.toLowerCase()]
      if (value === undefined) return header.required ? [`the header ${name} is missing`] : []
      const read = header.schema.type === 'integer' ? Number(value) : value
      return ajv.validate(header.schema, read) ? [] : [`the header ${name}: ${value} ${ajv.errorsText()}`]
    })

  const checkBody = (
    { method, headers, body }: SeenAnswer,
    described: AnswerObject,
    place: readonly string[],
  ): string[] => {
    const contentType = headers['content-type']
    if (!described.content) return body && body.length > 0 ? ['there is a body, and none is described'] : []
    if (contentType === undefined) return ['there is no content type']
    const key = Object.keys(described.content).find((each) => plainType(each) === plainType(contentType))
    if (!key) return [`${contentType} is not described`]
    if (method === 'HEAD' || body === null) return []
    const media = [...place, 'content', key]
    if (/json$/.test(plainType(key))) return checkJson(body, validatorAt(...media, 'schema'))
    if (described.content[key]?.['x-item-schema']) return checkEvents(body, validatorAt(...media, 'x-item-schema'))
    return []
  }

  return {
    document,
    seen,
    validatorAt,
    hold(answer) {
      const { method, status } = answer
      const path = answer.url.split('?', 1)[0]!
      const asked = method === 'HEAD' ? 'get' : method.toLowerCase()
      const found = operations.find((each) => each.method === asked && templateOf(each.path).test(path))
      const described = found?.operation.responses[status]
      const sentence = (problem: string) => `${method} ${answer.url} answered ${status}: ${problem}`
      if (found && described) {
        const place = ['paths', found.path, found.method, 'responses', String(status)]
        const problems = checkAnswer(answer, described, place)
        if (problems.length === 0) seen.add(`${found.operation.operationId} ${status}`)
        if (problems.length === 0 || !reachedNoOperation(answer)) return problems.map(sentence)
      }
      if (method === 'OPTIONS' && status === 204) return answer.headers.allow ? [] : [sentence('there is no Allow')]
      const before = reachedNoOperation(answer)
      if (!before) return [sentence('this status is not documented')]
      const place = ['components', 'responses', before]
      return checkAnswer(answer, document.components.responses[before]!, place).map(sentence)
    },
  }

  /** The reason, when it is one of those that are told before any operation is reached. */
  function reachedNoOperation({ body, url, status, headers }: SeenAnswer): string | null {
    if (plainType(headers['content-type'] ?? '') !== 'application/problem+json') return null
    // The answer to a HEAD has no body to say its reason in.
    if (!body?.length) {
      if (status === 400 && !isEscapedWell(url.split('?', 1)[0]!)) return 'url-malformed'
      return status === 404 ? 'path-unknown' : status === 405 ? 'method-not-allowed' : null
    }
    const { reason } = JSON.parse(body.toString()) as { reason: string }
    return Object.hasOwn(document.components.responses, reason) ? reason : null
  }
}

function isEscapedWell(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function templateOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`)
}

function checkJson(body: Buffer, validate: ValidateFunction): string[] {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch {
    return ['the body is not JSON']
  }
  return explain(validate, value)
}

function checkEvents(body: Buffer, validate: ValidateFunction): string[] {
  const data = body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
  return data.flatMap((line) => checkJson(Buffer.from(line.slice(6)), validate))
}

export function explain(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return []
  const errors = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
  )
  return [`${errors.join('; ')} in ${JSON.stringify(value)?.slice(0, 600)}`]
}
