/** Sends a file of ours to a URL that a vendor wrote into an answer, as a form; no credential but those that it put there itself. */
import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { VendorFailure } from '../errors.ts'
import { addressesOf, type Resolve } from './destination.ts'
import { exchange, failure } from './exchange.ts'

export interface FormRequest {
  readonly url: string
  /** As the vendor wants them, before the file. */
  readonly fields: Readonly<Record<string, string>>
  readonly file: {
    readonly path: string
    /** As the other side is told. */
    readonly name: string
    readonly type: string
  }
  /** Of the file. */
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/**
 * `https` on public addresses only, save where the host is allow-listed; nothing is redirected.
 * @throws VendorFailure 'server-error' (forbidden, or refused there), 'too-large', 'unreachable', 'cut-off', 'bad-answer'; the
 * signal's reason
 */
export type SendForm = (request: FormRequest) => Promise<void>

export interface SendFormParts {
  readonly userAgent: string
  readonly connectTimeoutMs: number
  readonly isAllowed: (url: URL) => boolean
  readonly resolve: Resolve
  readonly log?: { debug(fields: object, message: string): void }
}

export function createSendForm({ userAgent, connectTimeoutMs, isAllowed, resolve, log }: SendFormParts): SendForm {
  return async ({ url: text, fields, file, maxBytes, timeoutMs, signal }) => {
    const startedMs = performance.now()
    const url = URL.canParse(text) ? new URL(text) : null
    const asked = { method: 'POST', url: url ?? new URL('about:blank') } as const
    const refuse = (why: string, vendorStatus?: number): VendorFailure =>
      failure(vendorStatus === 413 ? 'too-large' : 'server-error', asked, why, {
        ...(vendorStatus !== undefined && { vendorStatus }),
      })
    signal.throwIfAborted()
    if (!url) throw refuse('no URL to send a file to')
    const { size } = await stat(file.path)
    if (size > maxBytes) throw failure('too-large', asked, `more than ${maxBytes} bytes`)
    const addresses = await addressesOf(url, {
      isAllowed,
      resolve,
      timeoutMs: Math.min(connectTimeoutMs, timeoutMs),
      signal,
      onForbidden: (why) => refuse(why),
      onUnresolved: (why) => failure('unreachable', asked, why),
    })
    const boundary = `form-${randomBytes(18).toString('hex')}`
    const body = formOf(boundary, fields, { ...file, bytes: await readFile(file.path) })
    const headers = { 'user-agent': userAgent, 'content-type': `multipart/form-data; boundary=${boundary}` }
    await exchange(
      { ...asked, headers, body, addresses, signal, connectTimeoutMs, timeoutMs },
      async ({ status, body: answer }) => {
        answer.resume()
        if (status < 200 || status >= 300) throw refuse(`answered ${status}`, status)
      },
    )
    const ms = Math.round(performance.now() - startedMs)
    log?.debug({ event: 'sent', host: url.host, bytes: size, ms }, `sent a file to ${url.host}`)
  }
}

function formOf(
  boundary: string,
  fields: FormRequest['fields'],
  file: { readonly name: string; readonly type: string; readonly bytes: Buffer },
): Buffer {
  const head = (name: string, more = '') =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${more}\r\n`
  const texts = Object.entries(fields).map(([name, value]) => `${head(name)}\r\n${value}\r\n`)
  const fileHead = `${head('file', `; filename="${quoted(file.name)}"`)}Content-Type: ${file.type}\r\n\r\n`
  return Buffer.concat([Buffer.from(texts.join('') + fileHead), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
}

/** As browsers write a name into a form. */
function quoted(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')
}
