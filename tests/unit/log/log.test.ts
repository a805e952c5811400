import { describe, expect, it } from '@jest/globals'
import { Failure, toFailure, toFailureRecord } from '../../../src/errors.ts'
import { createLog } from '../../../src/log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = []
  write(createLog({ level: 'info', stream: { write: (line) => void lines.push(line) } }))
  return lines.join('')
}

describe('the log', () => {
  it('strikes out secrets wherever they commonly hide', () => {
    const text = logged((log) => {
      log.info(
        { apiKey: 'canary-1', provider: { token: 'canary-2', secret: 'canary-3' }, databaseUrl: 'canary-4' },
        'x',
      )
      log.info({ req: { headers: { authorization: 'canary-5', cookie: 'canary-6' } } }, 'y')
      log.child({ room: 'a' }).info({ password: 'canary-7' }, 'z')
    })
    expect(text).not.toContain('canary')
    expect(text.match(/\[redacted\]/g)).toHaveLength(7)
  })

  it('names level and time in words', () => {
    const entry = JSON.parse(logged((log) => log.warn({ event: 'e' }, 'm'))) as Record<string, string>
    expect(entry).toMatchObject({ level: 'warn', event: 'e', msg: 'm' })
    expect(new Date(entry.timestamp!).getTime()).toBeGreaterThan(0)
  })
})

describe('a failure', () => {
  it('keeps its cause for the log and out of the record', () => {
    const failure = toFailure(new Error('secret path'))
    expect(failure).toMatchObject({ code: 'UNKNOWN_ERROR', status: 500, retryable: true })
    expect(JSON.stringify(toFailureRecord(failure))).not.toContain('secret path')
    expect(failure.cause).toBeInstanceOf(Error)
  })

  it('takes status and retryability from the catalogue unless it says otherwise', () => {
    const details = { reason: 'r', message: 'm' }
    expect(new Failure('RATE_LIMIT_EXCEEDED', details)).toMatchObject({ status: 429, retryable: true })
    expect(new Failure('INVALID_REQUEST', { ...details, status: 409 })).toMatchObject({ status: 409, retryable: false })
  })
})
