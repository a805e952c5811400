/**
 * Tells Sentry of errors that nobody foresaw, where a DSN is set; without one nothing of it is loaded. What is told is the
 * kind of error, a shortened sentence, its stack and which request it was: no script, no photo, no key, no header.
 */
import { Failure } from '../errors.ts'

export interface ErrorReports {
  /** Looks at a line of the log; tells of it when it holds an error that nobody foresaw. */
  notice(line: LogLine): void
  /** What keeps it from telling, for the log; null: nothing, or none is wanted. */
  readonly problem: string | null
  /** Waits until all is told, as long as that may last. */
  flush(timeoutMs: number): Promise<void>
}

export interface LogLine {
  /** As pino numbers them: 50 is error. */
  readonly level: number
  readonly fields: Readonly<Record<string, unknown>>
}

export interface ErrorReportParts {
  readonly dsn: string | undefined
  readonly environment: string
  /** 'talking-photo@0.1.0' */
  readonly release: string
  /** Whatever of these stands in a message is struck out. */
  readonly secrets: readonly string[]
}

const errorLevel = 50
const sendTimeoutMs = 5_000
const maxMessageLength = 200
/** Of the fields of a line, those that are told too. */
const toldFields = ['event', 'request_id', 'work_id', 'room', 'step', 'provider', 'reason']

export async function openErrorReports(parts: ErrorReportParts): Promise<ErrorReports> {
  const silent = (problem: string | null): ErrorReports => ({ notice() {}, problem, flush: async () => {} })
  if (parts.dsn === undefined) return silent(null)
  if (!dsnShape.test(parts.dsn)) {
    return silent(
      'SENTRY_DSN is not a DSN, so errors are not reported: it should look like https://<key>@<host>/<project number>',
    )
  }
  const client = await openClient(parts, parts.dsn)
  return {
    notice({ level, fields }) {
      const error = unforeseen(level, fields)
      if (error) client.tell(error, tagsOf(fields))
    },
    problem: null,
    flush: client.flush,
  }
}

const dsnShape = /^https?:\/\/\w+(:\w+)?@[\w.-]+(:\d+)?\/([\w./-]*\/)?\d+$/

/** The error of the line, if it is one that nobody foresaw: a defect, not an outcome. */
function unforeseen(level: number, { err, code }: LogLine['fields']): Error | null {
  if (!(err instanceof Error)) return null
  if (err instanceof Failure) {
    if (err.code !== 'UNKNOWN_ERROR') return null
    return err.cause instanceof Error ? err.cause : err
  }
  return level >= errorLevel || code === 'UNKNOWN_ERROR' ? err : null
}

function tagsOf(fields: LogLine['fields']): Record<string, string> {
  const told = toldFields.flatMap((name) => {
    const value = fields[name]
    return typeof value === 'string' ? [[name, value.slice(0, maxMessageLength)]] : []
  })
  return Object.fromEntries(told)
}

async function openClient({ environment, release, secrets }: ErrorReportParts, dsn: string) {
  const { Scope, createStackParser, createTransport } = await import('@sentry/core')
  const { ServerRuntimeClient, nodeStackLineParser } = await import('@sentry/core/server')
  const client = new ServerRuntimeClient({
    dsn,
    environment,
    release,
    platform: 'node',
    runtime: { name: 'node', version: process.version },
    integrations: [],
    stackParser: createStackParser(nodeStackLineParser()),
    maxBreadcrumbs: 0,
    transport: (options) =>
      createTransport(options, async ({ body }) => {
        const signal = AbortSignal.timeout(sendTimeoutMs)
        const response = await fetch(options.url, { method: 'POST', body: body as string, signal })
        await response.arrayBuffer()
        const header = (name: string) => response.headers.get(name)
        return {
          statusCode: response.status,
          headers: { 'x-sentry-rate-limits': header('X-Sentry-Rate-Limits'), 'retry-after': header('Retry-After') },
        }
      }),
  })
  client.init()
  return {
    tell(error: Error, tags: Record<string, string>) {
      const scope = new Scope()
      scope.setTags(tags)
      client.captureException(stripped(error, secrets), {}, scope)
    },
    async flush(timeoutMs: number) {
      await client.flush(timeoutMs)
    },
  }
}

/**
 * A new error with the same kind and frames. The stack of the given one holds its whole message too, any line of which may
 * be taken for a frame, and it may have members with anything in them.
 */
function stripped({ name, message, stack = '' }: Error, secrets: readonly string[]): Error {
  const bare = new Error(shorten(message, secrets))
  bare.name = name
  // Where the message was changed later, nothing tells where the old one ends.
  const start = stack.indexOf(message)
  const frames = start === -1 ? '' : stack.slice(start + message.length)
  bare.stack = `${name}: ${bare.message}${frames.slice(Math.max(0, frames.indexOf('\n')))}`
  return bare
}

/** The first line, without what it quotes (JSON.parse and databases quote what they were given) and without secrets. */
function shorten(message: string, secrets: readonly string[]): string {
  const [line = ''] = message.split('\n').filter((each) => each.trim() !== '')
  let text = line.trim()
  for (const secret of secrets) text = text.replaceAll(secret, '[secret]')
  text = text.replaceAll(/"[^"]*"?/g, '"…"').replaceAll(/\b(https?|postgres(ql)?|redis):\/\/\S+/g, '[address]')
  return text.slice(0, maxMessageLength)
}
