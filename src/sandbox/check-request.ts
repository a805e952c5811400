/** Path, method, query and headers of a request, held to a contract. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Place } from './fault.ts'
import { invalid, Refusal, violation, type WireError } from './refusal.ts'

/** A request that a contract documents. */
export interface RouteDeclaration {
  /** As it is told in records: 'GET /video/status/{job_id}'. */
  readonly name: string
  readonly method: 'POST' | 'GET' | 'DELETE' | 'PATCH'
  /** What faults are aimed at. */
  readonly place: Place
  /** Of the path below the base path; its groups become `ids`. */
  readonly pattern: RegExp
  /** Names of query parameters that may be there. */
  readonly query?: readonly string[]
  /** Default: a POST or PATCH has a JSON body. 'own': the contract looks at it itself. */
  readonly body?: 'json' | 'none' | 'own'
}

export interface Route extends RouteDeclaration {
  readonly ids: readonly string[]
  readonly parameters: URLSearchParams
}

/** Where a contract wants its key. */
export interface KeyHeader {
  /** In lower case: 'authorization', 'x-goog-api-key'. */
  readonly header: string
  /** What stands before it: 'Bearer '. Default ''. */
  readonly prefix?: string
  /** What another key is answered. Default 401. */
  readonly refusal?: WireError
}

export interface HeaderRules {
  readonly key: KeyHeader
  /** Names of its own beside those that any HTTP client may send, in lower case; a second one of them is refused. */
  readonly headers: readonly string[]
}

/** Beside the contract's own, what any HTTP client may send. */
const knownHeaders =
  /^(content-type|content-length|accept(-[a-z]+)?|user-agent|host|connection|keep-alive|transfer-encoding|te|expect|sec-fetch-[a-z]+)$/
/** A second one of these has no meaning that all servers agree on. */
const singleHeaders = ['content-type', 'content-length', 'host']

/** Throws a violation (404, 405, 400) for what the contract does not know. */
export function findRoute(
  request: IncomingMessage,
  { basePath, routes }: { readonly basePath: string; readonly routes: readonly RouteDeclaration[] },
): Route {
  const [path = '', query] = (request.url ?? '/').split('?', 2)
  const below = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
  const parameters = new URLSearchParams(query)
  const samePath = routes.flatMap((route) => {
    const match = below === null ? null : route.pattern.exec(below)
    return match ? [{ ...route, ids: match.slice(1), parameters }] : []
  })
  if (samePath.length === 0) {
    throw violation({ status: 404, code: 'not_found', field: 'path', message: 'There is no such path.' })
  }
  const route = samePath.find(({ method }) => method === request.method)
  if (!route) {
    const allow = samePath.map(({ method }) => method).join(', ')
    const wire = { status: 405, code: 'method_not_allowed', message: `Use ${allow}.`, headers: { Allow: allow } }
    throw violation({ ...wire, field: 'method' })
  }
  const names = query === undefined ? [] : query === '' ? [''] : [...parameters.keys()]
  for (const name of names) {
    if (!route.query?.includes(name)) throw invalid(`query ${name}`, 'is not in the contract')
    if (parameters.getAll(name).length > 1) throw invalid(`query ${name}`, 'is there more than once')
  }
  return route
}

/** Throws a violation for a header that is unknown, twice there, missing or wrong. */
export function checkHeaders(request: IncomingMessage, route: Route, { key, headers: own }: HeaderRules): void {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  for (const name of names) {
    const isKnown = knownHeaders.test(name) || name === key.header || own.includes(name)
    if (!isKnown) throw invalid(`header ${name}`, 'is not in the contract')
  }
  for (const name of [...singleHeaders, key.header, ...own]) {
    if (names.filter((other) => other === name).length > 1) throw invalid(`header ${name}`, 'is there more than once')
  }
  const given = request.headers[key.header]
  const field = `header ${key.header}`
  if (given === undefined) throw violation({ status: 401, code: 'unauthorized', field, message: 'is missing' })
  const prefix = key.prefix ?? ''
  if (!(String(given).startsWith(prefix) && /^\S+$/.test(String(given).slice(prefix.length)))) {
    throw violation({ status: 401, code: 'unauthorized', field, message: `must be ${prefix}<key>` })
  }
  const body = route.body ?? (route.method === 'POST' || route.method === 'PATCH' ? 'json' : 'none')
  if (body === 'json' && !/^application\/json(; ?charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
    throw invalid('header content-type', 'must be application/json')
  }
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in request.headers
  if (body === 'none' && hasBody) throw invalid('body', `${route.method} has none`)
}

const wrongKey: WireError = { status: 401, code: 'unauthorized', message: 'The API key is wrong.' }

/** Throws a Refusal, which is no violation, for another key. */
export function checkKey(
  request: IncomingMessage,
  { header, prefix = '', refusal = wrongKey }: KeyHeader,
  key: string,
): void {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  if (!timingSafeEqual(digest(String(request.headers[header] ?? '')), digest(`${prefix}${key}`))) {
    throw new Refusal(refusal)
  }
}
