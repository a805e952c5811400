/**
 * One HTTP exchange, the only place where axios is used. Each has a connection of its own: what is known of that connection
 * then tells honestly whether the request may have reached the other side. As long as it is not up (over TLS: the certificate
 * accepted) nothing of the request has left; once it is up, anything may have been read and acted on. Redirects are never
 * followed, proxies of the environment never used, errors never carry headers, bodies or queries.
 */
import type { LookupAddress, LookupOptions } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import type { Readable } from 'node:stream'
import axios, { type AxiosResponse } from 'axios'
import { VendorFailure } from '../errors.ts'

export interface ExchangeRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** The only addresses to connect to; absent: what the system resolves. */
  readonly addresses?: readonly LookupAddress[]
  readonly signal: AbortSignal
  readonly connectTimeoutMs: number
  /** For the whole exchange, `read` included. */
  readonly timeoutMs: number
  /** Between two pieces of the answer, and until its beginning; absent: as long as it takes. */
  readonly idleTimeoutMs?: number
}

export interface ExchangeAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Decompressed; may be any length. */
  readonly body: Readable
  /** To be called for each piece that is read: silence is counted from the last. */
  readonly heard: () => void
}

const client = axios.create({
  adapter: 'http',
  proxy: false,
  maxRedirects: 0,
  responseType: 'stream',
  validateStatus: null,
  maxContentLength: -1,
  maxBodyLength: -1,
  transformRequest: [(data: unknown) => data],
  transformResponse: [(data: unknown) => data],
})

/**
 * Sends the request and lets `read` take the answer; the connection ends with it.
 * @throws VendorFailure 'unreachable', 'cut-off' or 'bad-answer'; the signal's reason when it aborts; what `read` throws
 */
export async function exchange<T>(request: ExchangeRequest, read: (answer: ExchangeAnswer) => Promise<T>): Promise<T> {
  const { method, url, headers, body, signal } = request
  signal.throwIfAborted()
  const stop = new AbortController()
  let stoppedBy: string | null = null
  let isUp = false
  let brokenBody: unknown = null
  const stopWith = (why: string) => {
    stoppedBy ??= why
    stop.abort()
  }
  const timers = new Map<string, NodeJS.Timeout>()
  const limit = (name: string, ms: number) => {
    clearTimeout(timers.get(name))
    timers.set(name, setTimeout(stopWith, ms, `${name} of ${ms} ms is over`))
  }
  const abort = () => stop.abort()
  signal.addEventListener('abort', abort, { once: true })
  limit('time to connect', request.connectTimeoutMs)
  limit('time for the answer', request.timeoutMs)
  const heard = () => {
    if (request.idleTimeoutMs !== undefined) limit('time of silence', request.idleTimeoutMs)
  }
  heard()

  const isSecure = url.protocol === 'https:'
  const agentOptions = { keepAlive: false, ...(request.addresses && { lookup: pinTo(request.addresses) }) }
  const { request: open } = isSecure ? https : http
  const transport = {
    request(options: https.RequestOptions, onResponse: (response: http.IncomingMessage) => void) {
      const outgoing = open(options, onResponse)
      outgoing.once('socket', (socket) => {
        socket.once(isSecure ? 'secureConnect' : 'connect', () => {
          isUp = true
          clearTimeout(timers.get('time to connect'))
        })
      })
      return outgoing
    },
  }

  let answered: Readable | null = null
  try {
    const response: AxiosResponse<Readable> = await client.request({
      method,
      url: url.href,
      headers,
      ...(body !== undefined && { data: body }),
      httpAgent: new http.Agent(agentOptions),
      httpsAgent: new https.Agent(agentOptions),
      transport,
      signal: stop.signal,
    })
    const stream = response.data
    answered = stream
    stream.once('error', (error) => {
      brokenBody = error
    })
    stop.signal.addEventListener('abort', () => stream.destroy(new Error('stopped')), { once: true })
    if (stop.signal.aborted) stream.destroy(new Error('stopped'))
    return await read({ status: response.status, headers: flatten(response.headers), body: stream, heard })
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (stoppedBy !== null) throw failure(isUp ? 'cut-off' : 'unreachable', request, stoppedBy)
    if (answered !== null && error !== brokenBody) throw error
    throw failure(isUp ? faultOf(error) : 'unreachable', request, codeOf(error) ?? 'the connection broke')
  } finally {
    for (const timer of timers.values()) clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    answered?.destroy()
  }
}

/** What went wrong in words without anything secret: only the host and the path of the URL, and a code. */
export function failure(
  fault: ConstructorParameters<typeof VendorFailure>[0],
  request: Pick<ExchangeRequest, 'method' | 'url'>,
  why: string,
  details: { vendorStatus?: number } = {},
): VendorFailure {
  return new VendorFailure(fault, { ...details, cause: new Error(`${describe(request)}: ${why}`) })
}

export function describe({ method, url }: Pick<ExchangeRequest, 'method' | 'url'>): string {
  return `${method} ${url.host}${url.pathname}`
}

function codeOf(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : null
}

/** Not HTTP (HPE_…), or not what its Content-Encoding says (Z_…, ERR__ERROR_FORMAT_…): an answer, but none that can be read. */
function faultOf(error: unknown): 'bad-answer' | 'cut-off' {
  return /^(HPE_|Z_|ERR__ERROR_FORMAT)/.test(codeOf(error) ?? '') ? 'bad-answer' : 'cut-off'
}

function flatten(headers: AxiosResponse['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value == null ? [] : [[name.toLowerCase(), String(value)]])),
  )
}

/** A `lookup` for net.connect that knows only these addresses. */
function pinTo(addresses: readonly LookupAddress[]) {
  return (
    _host: string,
    options: LookupOptions,
    answer: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    const [first] = addresses
    if (!first) answer(new Error('no address'), '')
    else if (options.all) answer(null, [...addresses])
    else answer(null, first.address, first.family)
  }
}
