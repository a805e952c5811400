/** Fetches a finished file from a URL that somebody else wrote, for whom no credential may ever travel. */
import { open, rm } from 'node:fs/promises'
import type { VendorFailure } from '../errors.ts'
import { addressesOf, type Resolve } from './destination.ts'
import { type ExchangeAnswer, exchange, failure } from './exchange.ts'

export interface FileRequest {
  readonly url: string
  /** A path at which there is nothing yet; nothing is there again when this throws. */
  readonly to: string
  readonly maxBytes: number
  /** For everything, redirects included. */
  readonly timeoutMs: number
  /** The longest silence within. */
  readonly idleTimeoutMs: number
  readonly signal: AbortSignal
}

export interface FetchedFile {
  readonly bytes: number
  readonly contentType: string | null
}

export interface FetchFileParts {
  readonly userAgent: string
  readonly connectTimeoutMs: number
  readonly isAllowed: (url: URL) => boolean
  readonly resolve: Resolve
  readonly log?: { debug(fields: object, message: string): void }
}

const maxRedirects = 3
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * `https` on public addresses only, save where the host is allow-listed; each redirect is checked like the first URL.
 * @throws VendorFailure 'bad-output' (forbidden, missing, empty, too large), 'unreachable', 'cut-off'; the signal's reason
 */
export function createFetchFile(parts: FetchFileParts) {
  return async (request: FileRequest): Promise<FetchedFile> => {
    const startedMs = performance.now()
    const endsAtMs = startedMs + request.timeoutMs
    let url = parseUrl(request.url)
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const leftMs = endsAtMs - performance.now()
      const step = await fetchOnce(url, { ...request, timeoutMs: Math.max(1, leftMs) }, parts)
      if ('bytes' in step) {
        const ms = Math.round(performance.now() - startedMs)
        // Not its path: some hosts put the permission to read into it.
        parts.log?.debug({ event: 'fetched', host: url.host, bytes: step.bytes, ms }, `fetched a file from ${url.host}`)
        return step
      }
      url = parseUrl(step.location, url)
    }
    throw failure('bad-output', { method: 'GET', url }, `more than ${maxRedirects} redirects`)
  }
}

async function fetchOnce(
  url: URL,
  { to, maxBytes, timeoutMs, idleTimeoutMs, signal }: FileRequest,
  { userAgent, connectTimeoutMs, isAllowed, resolve }: FetchFileParts,
): Promise<FetchedFile | { readonly location: string }> {
  const asked = { method: 'GET', url } as const
  const refuse = (why: string, vendorStatus?: number): VendorFailure =>
    failure('bad-output', asked, why, vendorStatus === undefined ? {} : { vendorStatus })
  const addresses = await addressesOf(url, {
    isAllowed,
    resolve,
    timeoutMs: Math.min(connectTimeoutMs, timeoutMs),
    signal,
    onForbidden: (why) => refuse(why),
    onUnresolved: (why) => failure('unreachable', asked, why),
  })
  const headers = { accept: '*/*', 'user-agent': userAgent }
  const request = { ...asked, headers, addresses, signal, connectTimeoutMs, timeoutMs, idleTimeoutMs }
  return exchange(request, async ({ status, headers, body, heard }: ExchangeAnswer) => {
    if (redirects.has(status) && headers.location) return { location: headers.location }
    if (status !== 200) throw refuse(`answered ${status}`, status)
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw refuse(`is larger than ${maxBytes} bytes`)
    const file = await open(to, 'wx')
    let bytes = 0
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        heard()
        bytes += chunk.length
        if (bytes > maxBytes) throw refuse(`is larger than ${maxBytes} bytes`)
        await file.writeFile(chunk)
      }
      if (bytes === 0) throw refuse('is empty')
      await file.close()
    } catch (error) {
      await file.close().catch(() => {})
      await rm(to, { force: true })
      throw error
    }
    return { bytes, contentType: headers['content-type'] ?? null }
  })
}

function parseUrl(text: string, base?: URL): URL {
  if (URL.canParse(text, base?.href)) return new URL(text, base)
  throw failure('bad-output', { method: 'GET', url: base ?? new URL('about:blank') }, 'no URL of a file')
}
