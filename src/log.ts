/** The one root logger. Secrets and photo bytes have no business in a log: whatever looks like one is struck out by path. */
import { type LogFn, type Logger, pino } from 'pino'

const secretPaths = [
  'authorization',
  'api_key',
  'apiKey',
  'password',
  'secret',
  'token',
  'databaseUrl',
  '*.authorization',
  '*.api_key',
  '*.apiKey',
  '*.password',
  '*.secret',
  '*.token',
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-api-key"]',
  'res.headers["set-cookie"]',
  'photo.data',
  '*.photo.data',
]

export function createLog({
  level,
  stream,
  notice,
}: {
  readonly level: string
  /** Shown each line of warnings and worse, with what its logger is bound to, before secrets are struck out. */
  readonly notice?: (line: { readonly level: number; readonly fields: Readonly<Record<string, unknown>> }) => void
  readonly stream?: { write(line: string): void }
}): Logger {
  const options = {
    level,
    base: {},
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(notice && { hooks: { logMethod: noticing(notice) } }),
    redact: { paths: secretPaths, censor: '[redacted]' },
  }
  return stream ? pino(options, stream) : pino(options)
}

const warnLevel = 40

type Notice = NonNullable<Parameters<typeof createLog>[0]['notice']>

function noticing(notice: Notice) {
  return function (this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
    const [fields] = args as unknown[]
    if (level >= warnLevel && typeof fields === 'object' && fields !== null) {
      notice({ level, fields: { ...this.bindings(), ...fields } })
    }
    method.apply(this, args)
  }
}
