/**
 * Opens a file that a configured service keeps for us, as a stream. The credential goes to the service's own origin alone: where
 * that sends us elsewhere, the file is fetched like anybody's, from a public address and without a credential, one step only.
 */
import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { below } from './below.ts'
import { addressesOf, type Resolve } from './destination.ts'
import { type ExchangeAnswer, type ExchangeRequest, exchange, failure } from './exchange.ts'

export interface OpenFileRequest {
  /** The configured URL of the service. */
  readonly baseUrl: string
  /** Below the base URL; begins with a slash, segments already encoded. */
  readonly path: string
  /** With the credential. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Resolves as soon as the file begins; what breaks later is an error of the stream. Whoever leaves the stream destroys it.
 * @throws VendorFailure 'bad-output' (forbidden, missing), 'unreachable', 'cut-off'; the signal's reason
 */
export type OpenFile = (request: OpenFileRequest) => Promise<Readable>

export interface OpenFileParts {
  readonly userAgent: string
  readonly connectTimeoutMs: number
  readonly isAllowed: (url: URL) => boolean
  readonly resolve: Resolve
}

/** For everything, and the longest silence within. */
const [wholeMs, silenceMs] = [300_000, 30_000]
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export function createOpenFile({ userAgent, connectTimeoutMs, isAllowed, resolve }: OpenFileParts): OpenFile {
  return async ({ baseUrl, path, headers, signal }) => {
    const common = { method: 'GET', signal, connectTimeoutMs, timeoutMs: wholeMs, idleTimeoutMs: silenceMs } as const
    const plain = { accept: '*/*', 'user-agent': userAgent }
    const first = await openOnce({ ...common, url: below(baseUrl, path), headers: { ...plain, ...headers } })
    if (!('location' in first)) return first.file
    const url = elsewhere(first.location, below(baseUrl, path))
    const asked = { method: 'GET', url } as const
    const addresses = await addressesOf(url, {
      isAllowed,
      resolve,
      timeoutMs: connectTimeoutMs,
      signal,
      onForbidden: (why) => failure('bad-output', asked, why),
      onUnresolved: (why) => failure('unreachable', asked, why),
    })
    const second = await openOnce({ ...common, url, headers: plain, addresses })
    if ('location' in second) throw failure('bad-output', asked, 'is redirected twice')
    return second.file
  }
}

/** The exchange goes on until the file is read to its end, or left. */
function openOnce(request: ExchangeRequest): Promise<{ readonly file: Readable } | { readonly location: string }> {
  return new Promise((found, failed) => {
    let file: PassThrough | null = null
    const left = new AbortController()
    const signal = AbortSignal.any([request.signal, left.signal])
    const read = async ({ status, headers, body, heard }: ExchangeAnswer) => {
      if (redirects.has(status) && headers.location) return found({ location: headers.location })
      if (status !== 200) throw failure('bad-output', request, `answered ${status}`, { vendorStatus: status })
      file = new PassThrough()
      file.once('close', () => left.abort(new Error('nobody reads it any more')))
      found({ file })
      for await (const chunk of body as AsyncIterable<Buffer>) {
        heard()
        if (!file.write(chunk)) await once(file, 'drain', { signal })
      }
      file.end()
    }
    exchange({ ...request, signal }, read).catch((error: unknown) => {
      if (file) file.destroy(error instanceof Error ? error : new Error('it broke off'))
      else failed(error)
    })
  })
}

function elsewhere(location: string, base: URL): URL {
  if (URL.canParse(location, base.href)) return new URL(location, base)
  throw failure('bad-output', { method: 'GET', url: base }, 'is redirected to no URL')
}
