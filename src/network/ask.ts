/** Asks a service that whoever runs this installation configured, with a credential that its origin alone may see. */
import type { Readable } from 'node:stream'
import { below } from './below.ts'
import { describe, type ExchangeRequest, exchange, failure } from './exchange.ts'

export interface AskRequest {
  readonly method: ExchangeRequest['method']
  /** The configured URL of the service. Nothing is asked outside of it. */
  readonly baseUrl: string
  /** Below the base URL; begins with a slash, segments already encoded. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as a JSON body. */
  readonly json?: unknown
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Of the decompressed answer; 1 MiB where it is not said. */
  readonly maxResponseBytes?: number
}

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** Undefined where the text is not JSON. */
  readonly json: unknown
}

/**
 * Answers whatever status comes, redirects included: they are not followed.
 * @throws VendorFailure 'unreachable' (nothing left), 'cut-off' or 'bad-answer' (it may have been acted on); the signal's reason
 */
export type Ask = (request: AskRequest) => Promise<Answer>

export interface AskParts {
  readonly userAgent: string
  readonly connectTimeoutMs: number
  readonly log?: { debug(fields: object, message: string): void }
}

const defaultMaxBytes = 1024 * 1024

export function createAsk({ userAgent, connectTimeoutMs, log }: AskParts): Ask {
  return async ({ method, baseUrl, path, headers, json, timeoutMs, signal, maxResponseBytes = defaultMaxBytes }) => {
    const url = below(baseUrl, path)
    const body = json === undefined ? undefined : JSON.stringify(json)
    const request: ExchangeRequest = {
      method,
      url,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
      signal,
      connectTimeoutMs,
      timeoutMs,
    }
    const startedMs = performance.now()
    const told = (outcome: object) => {
      const ms = Math.round(performance.now() - startedMs)
      log?.debug({ event: 'outbound', method, host: url.host, path: url.pathname, ms, ...outcome }, describe(request))
    }
    try {
      const answer = await exchange(request, async (answer) => {
        const text = await readText(answer.body, maxResponseBytes)
        if (text === null) throw failure('bad-answer', request, `answered more than ${maxResponseBytes} bytes`)
        return { status: answer.status, headers: answer.headers, text, json: parseJson(text) }
      })
      told({ status: answer.status })
      return answer
    } catch (error) {
      told({ error: error instanceof Error ? error.name : 'unknown' })
      throw error
    }
  }
}

/** Null where it is longer. */
async function readText(body: Readable, maxBytes: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
