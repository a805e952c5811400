import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Failure, toFailure } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'
import { type ErrorReports, openErrorReports } from '../../../src/watching/error-reports.ts'

interface Received {
  readonly url: string
  readonly text: string
  /** Of the envelope's one item. */
  readonly event: {
    readonly release: string
    readonly environment: string
    readonly tags?: Record<string, string>
    readonly exception: {
      values: { type: string; value: string; stacktrace: { frames: { filename: string; lineno: number }[] } }[]
    }
  }
}

let ingest: Server
let received: Received[]
let dsn: string
beforeEach(async () => {
  received = []
  ingest = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      received.push({ url: request.url!, text, event: JSON.parse(text.split('\n')[2]!) as Received['event'] })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => ingest.listen(0, '127.0.0.1', resolve))
  dsn = `http://abc123@127.0.0.1:${(ingest.address() as AddressInfo).port}/42`
})
afterEach(async () => {
  ingest.closeAllConnections()
  await new Promise((resolve) => ingest.close(resolve))
})

const open = (given: string | undefined = dsn) =>
  openErrorReports({ dsn: given, environment: 'test', release: 'talking-photo@1.2.3', secrets: ['canary-key'] })

async function reportedBy(write: (log: ReturnType<typeof createLog>) => void): Promise<Received[]> {
  const reports = await open()
  write(createLog({ level: 'info', stream: { write() {} }, notice: reports.notice }))
  await reports.flush(5_000)
  return received
}

describe('the error reports', () => {
  it('tell of an error that nobody foresaw: its kind, its stack, its request, the release', async () => {
    const defect = new TypeError('Cannot read properties of undefined')
    const [report] = await reportedBy((log) =>
      log.child({ room: 'http', request_id: 'req-1' }).error({ err: toFailure(defect), script: 'a script' }, 'x'),
    )
    expect(report!.url).toMatch(/^\/api\/42\/envelope\/\?.*sentry_key=abc123/)
    expect(report!.event).toMatchObject({
      release: 'talking-photo@1.2.3',
      environment: 'test',
      tags: { request_id: 'req-1', room: 'http' },
      exception: { values: [{ type: 'TypeError', value: 'Cannot read properties of undefined' }] },
    })
    const frames = report!.event.exception.values[0]!.stacktrace.frames
    expect(frames.some(({ filename }) => filename.includes('error-reports.test'))).toBe(true)
    expect(report!.text).not.toContain('a script')
  })

  it('say nothing of what is foreseen, or is only a warning', async () => {
    await reportedBy((log) => {
      log.error({ err: new Failure('PROVIDER_ERROR', { reason: 'r', message: 'm' }) }, 'x')
      log.error({ event: 'generation_failed', code: 'UNKNOWN_ERROR' }, 'no error in it')
      log.warn({ err: new Error('will be tried again') }, 'x')
      log.info({ err: new Error('by the way') }, 'x')
      log.error('only words')
    })
    expect(received).toEqual([])
  })

  it('tell of a step that broke for no known reason, though its end is a warning', async () => {
    await reportedBy((log) => log.warn({ err: new Error('boom'), code: 'UNKNOWN_ERROR', work_id: 'wrk_1' }, 'x'))
    expect(received.map(({ event }) => event.tags)).toEqual([{ work_id: 'wrk_1' }])
  })

  it('hold no keys, addresses or texts that a message quotes, and only its first line', async () => {
    const error = new Error(
      '\nUnexpected token in "My secret script", key canary-key at https://vendor.example/x?y=z\nscript: canary-line\n    at https://vendor.example/canary.js:1:2',
    )
    const [report] = await reportedBy((log) => log.fatal({ err: error }, 'x'))
    expect(report!.event.exception.values[0]!.value).toBe('Unexpected token in "…", key [secret] at [address]')
    expect(report!.text).not.toMatch(/canary|secret script|vendor\.example/)
  })

  it.each(['https://your-sentry-dsn', 'nonsense', 'https://key@host', 'ftp://key@host/1'])(
    'are off, with words for it, where the DSN is %s',
    async (malformed) => {
      const reports: ErrorReports = await open(malformed)
      expect(reports.problem).toContain('SENTRY_DSN')
      expect(reports.problem).not.toContain(malformed)
      reports.notice({ level: 50, fields: { err: new Error('boom') } })
      await reports.flush(1_000)
      expect(received).toEqual([])
    },
  )

  it('are off without a word where none is wanted', async () => {
    expect((await openErrorReports({ dsn: undefined, environment: '', release: '', secrets: [] })).problem).toBeNull()
  })

  it('do not disturb where Sentry cannot be reached', async () => {
    ingest.closeAllConnections()
    await new Promise((resolve) => ingest.close(resolve))
    const reports = await open()
    reports.notice({ level: 50, fields: { err: new Error('boom') } })
    await reports.flush(5_000)
    await new Promise<void>((resolve) => ingest.listen(0, resolve))
  })
})
