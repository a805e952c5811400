/** The one root logger. Secrets and photo bytes have no business in a log: whatever looks like one is struck out by path. */
import { type Logger, pino } from 'pino'

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
}: {
  readonly level: string
  readonly stream?: { write(line: string): void }
}): Logger {
  const options = {
    level,
    base: {},
    timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
  }
  return stream ? pino(options, stream) : pino(options)
}
