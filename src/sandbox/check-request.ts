/** Path, method, query and headers of a request, held to the contract. */
import type { IncomingMessage } from 'node:http'
import type { Place } from './fault.ts'
import { violation } from './refusal.ts'

export interface Route {
  readonly name: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly place: Exclude<Place, 'media'>
  readonly jobId: string | null
}

export const basePath = '/v1'

const routes: readonly (Omit<Route, 'jobId'> & { readonly pattern: RegExp })[] = [
  { method: 'POST', name: 'POST /video/generate', place: 'submit', pattern: /^\/video\/generate$/ },
  { method: 'GET', name: 'GET /video/status/{job_id}', place: 'status', pattern: /^\/video\/status\/([\w-]{1,128})$/ },
  {
    method: 'DELETE',
    name: 'DELETE /video/jobs/{job_id}',
    place: 'cancel',
    pattern: /^\/video\/jobs\/([\w-]{1,128})$/,
  },
  { method: 'GET', name: 'GET /health', place: 'health', pattern: /^\/health$/ },
]

/** Beside the contract's own, what any HTTP client may send. */
const knownHeaders =
  /^(authorization|content-type|content-length|accept(-[a-z]+)?|user-agent|host|connection|keep-alive|transfer-encoding|te|expect|x-request-id|idempotency-key|sec-fetch-[a-z]+)$/
/** A second one of these has no meaning that all servers agree on. */
const singleHeaders = ['authorization', 'content-type', 'content-length', 'host', 'idempotency-key', 'x-request-id']

/** Throws a violation (404, 405, 400) for what the contract does not know. */
export function findRoute(request: IncomingMessage): Route {
  const [path = '', query] = (request.url ?? '/').split('?', 2)
  const below = path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null
  const samePath = routes.flatMap((route) => {
    const match = below === null ? null : route.pattern.exec(below)
    return match ? [{ ...route, jobId: match[1] ?? null }] : []
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
  if (query !== undefined) {
    const name = query.split('=', 1)[0] ?? ''
    throw invalid(`query ${name}`, 'is not in the contract')
  }
  return route
}

/** Throws a violation for a header that is unknown, twice there, missing or wrong; 401 without one for a wrong key. */
export function checkHeaders(request: IncomingMessage, route: Route): void {
  const names = request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
  for (const name of names) {
    if (!knownHeaders.test(name)) throw invalid(`header ${name}`, 'is not in the contract')
  }
  for (const name of singleHeaders) {
    if (names.filter((other) => other === name).length > 1) throw invalid(`header ${name}`, 'is there more than once')
  }
  const { authorization, 'content-type': type, 'idempotency-key': key } = request.headers
  if (authorization === undefined) {
    throw violation({ status: 401, code: 'unauthorized', field: 'header authorization', message: 'is missing' })
  }
  if (!/^Bearer \S+$/.test(authorization)) {
    throw violation({
      status: 401,
      code: 'unauthorized',
      field: 'header authorization',
      message: 'must be Bearer <key>',
    })
  }
  if (key !== undefined && !(route.place === 'submit' && /^[\x21-\x7e]{1,255}$/.test(String(key)))) {
    throw invalid('header idempotency-key', 'belongs to POST /video/generate, 1 to 255 printable characters')
  }
  if (route.method === 'POST') {
    if (!/^application\/json(; ?charset=utf-8)?$/i.test(type ?? '')) {
      throw invalid('header content-type', 'must be application/json')
    }
  } else if (Number(request.headers['content-length'] ?? 0) > 0 || request.headers['transfer-encoding'] !== undefined) {
    throw invalid('body', `${route.method} has none`)
  }
}

function invalid(field: string, message: string) {
  return violation({ status: 400, code: 'invalid_request', field, message })
}
