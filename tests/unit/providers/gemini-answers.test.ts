import { describe, expect, it } from '@jest/globals'
import { geminiRefusal, readGeminiError } from '../../../src/providers/gemini-answers.ts'

const now = new Date('2026-11-21T12:00:00Z')

interface Told {
  readonly status?: string
  readonly code?: number | string
  readonly message?: string
  readonly details?: readonly unknown[]
}

const answer = (status: number, json?: unknown, headers: Record<string, string> = {}) => ({
  status,
  headers,
  text: '',
  json,
})
const refusal = (status: number, error: Told, headers?: Record<string, string>) =>
  geminiRefusal(answer(status, { error: { code: status, message: 'Some words.', ...error } }, headers), now)
const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason })
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay })
const quota = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
})

describe("Google's error answers", () => {
  it.each<[string, number, Told, string]>([
    ['a wrong argument', 400, { status: 'INVALID_ARGUMENT' }, 'bad-input'],
    ['a wrong key', 400, { status: 'INVALID_ARGUMENT', details: [info('API_KEY_INVALID')] }, 'key'],
    ['a project without billing', 400, { status: 'FAILED_PRECONDITION' }, 'credit'],
    ['an empty prepaid account', 402, {}, 'credit'],
    ['no key', 401, { status: 'UNAUTHENTICATED' }, 'key'],
    ['a key that may not', 403, { status: 'PERMISSION_DENIED' }, 'key'],
    ['a model that is gone', 404, { status: 'NOT_FOUND' }, 'server-error'],
    ['a body that is too large', 413, {}, 'too-large'],
    ['a used-up quota', 429, { status: 'RESOURCE_EXHAUSTED' }, 'rate-limit'],
    ['a fault of its own', 500, { status: 'INTERNAL' }, 'server-error'],
    ['an overload', 503, { status: 'UNAVAILABLE' }, 'server-error'],
    ['its own deadline', 504, { status: 'DEADLINE_EXCEEDED' }, 'server-error'],
    ['a refusal as a status', 400, { status: 'SAFETY' }, 'policy'],
    ['a refusal as a code', 400, { code: 'prohibited_content' }, 'policy'],
    ['a refusal beside a status', 400, { status: 'INVALID_ARGUMENT', code: 'PROHIBITED_CONTENT' }, 'policy'],
    ['a refusal in words alone', 400, { message: 'Blocked for safety reasons.' }, 'policy'],
    ['words beside a status', 400, { status: 'INVALID_ARGUMENT', message: 'Unknown name "safety".' }, 'bad-input'],
  ])('are named: %s', (_, status, error, fault) => {
    expect(refusal(status, error)).toMatchObject({ fault, vendorStatus: status })
  })

  it('are the same within an array, as its front end sends them', () => {
    const error = { code: 400, status: 'INVALID_ARGUMENT', details: [info('API_KEY_INVALID')] }
    expect(geminiRefusal(answer(400, [{ error }]), now).fault).toBe('key')
  })

  it('say how long to wait: as told, in the header, long for a quota of the day or of money', () => {
    expect(refusal(429, { details: [quota('RequestsPerMinutePerProject'), retry('34s')] }).retryAfterSeconds).toBe(34)
    expect(refusal(429, { details: [retry('0.42s')] }).retryAfterSeconds).toBe(1)
    expect(refusal(429, {}, { 'retry-after': '9' }).retryAfterSeconds).toBe(9)
    expect(refusal(429, {}).retryAfterSeconds).toBeUndefined()
    expect(refusal(429, { details: [quota('RequestsPerDayPerProject'), retry('34s')] }).retryAfterSeconds).toBe(3600)
    expect(refusal(429, { details: [quota('SpendLimitPerProject')] }).retryAfterSeconds).toBe(3600)
  })

  it('let a short call wait for an overload to pass', () => {
    const overloaded = answer(503, { error: { code: 503, status: 'UNAVAILABLE' } })
    expect(geminiRefusal(overloaded, now, { overload: 'wait' })).toMatchObject({
      fault: 'rate-limit',
      retryAfterSeconds: 5,
    })
    expect(geminiRefusal(answer(500), now, { overload: 'wait' }).fault).toBe('server-error')
  })

  it.each([
    ['nothing', undefined],
    ['text', 'oops'],
    ['an empty array', []],
    ['a list of errors', { error: [1] }],
    ['strange details', { error: { status: 7, details: [null, 'x', { retryDelay: '-3s', violations: 4 }] } }],
    ['a status of many words', { error: { status: 'a key AIza… in it' } }],
  ])('may be anything: %s', (_, json) => {
    expect(geminiRefusal(answer(429, json), now)).toMatchObject({ fault: 'rate-limit' })
    expect(readGeminiError(json)).toEqual({
      status: null,
      reasons: [],
      quotaIds: [],
      retryAfterSeconds: null,
      isPolicy: false,
    })
  })

  it('keep what was said out of what is logged', () => {
    const { message, cause } = refusal(400, { status: 'INVALID_ARGUMENT', message: 'canary-words' })
    expect(`${message} ${cause}`).not.toContain('canary-words')
    expect(String(cause)).toContain('400, INVALID_ARGUMENT')
  })
})
