/**
 * What Google's error answers mean: `{error: {code, status, details}}`, which its front end also sends within an array. Codes
 * decide; its sentences are read only where there is no code at all, and only to the safe side.
 */
import { z } from 'zod'
import { type Fault, VendorFailure } from '../errors.ts'
import type { Answer } from '../network/ask.ts'
import { faultOfStatus, readRetryAfter } from './http-faults.ts'

export interface GeminiError {
  /** 'RESOURCE_EXHAUSTED', or the string that interactions have as their code; null: none. */
  readonly status: string | null
  /** Why, as ErrorInfo has it: 'API_KEY_INVALID'. */
  readonly reasons: readonly string[]
  /** Of the quotas that are used up. */
  readonly quotaIds: readonly string[]
  readonly retryAfterSeconds: number | null
  readonly isPolicy: boolean
}

const optional = <T extends z.ZodType>(type: T) => type.optional().catch(undefined)
const word = z.string().regex(/^\w{1,80}$/)
const detail = z.object({
  reason: optional(word),
  retryDelay: optional(z.string().regex(/^\d{1,9}(\.\d{1,9})?s$/)),
  violations: optional(z.array(z.object({ quotaId: optional(word) }))),
})
const envelope = z.object({
  error: z.object({
    code: z.unknown(),
    message: optional(z.string()),
    status: optional(word),
    details: optional(z.array(z.unknown())),
  }),
})

/** The refusals of what is said or shown, wherever Google names them: as an error, a block reason, a reason to finish. */
export const policyWords: ReadonlySet<string> = new Set([
  'SAFETY',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'RECITATION',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
])

/** A quota of the day, or of money, will not be there again in a minute. When exactly is not told. */
const longWaitSeconds = 3600
/** 'The model is overloaded' is common and short. */
const overloadWaitSeconds = 5

/** @param json an answer's body, parsed; undefined where it is no JSON */
export function readGeminiError(json: unknown): GeminiError {
  const { code, message = '', status, details = [] } = envelope.safeParse(single(json)).data?.error ?? {}
  const told = details.flatMap((each) => detail.safeParse(each).data ?? [])
  const name = status ?? word.safeParse(code).data ?? null
  const reasons = told.flatMap(({ reason }) => reason ?? [])
  const delay = told.map(({ retryDelay }) => retryDelay).find((each) => each !== undefined)
  const isWordless = name === null && reasons.length === 0
  return {
    status: name,
    reasons,
    quotaIds: told.flatMap(({ violations = [] }) => violations.flatMap(({ quotaId }) => quotaId ?? [])),
    retryAfterSeconds: delay === undefined ? null : Math.ceil(Number(delay.slice(0, -1))),
    isPolicy:
      [name, word.safeParse(code).data, ...reasons].some((each) => policyWords.has(each?.toUpperCase() ?? '')) ||
      (isWordless && /\bsafety\b|prohibited[ _]content/i.test(message)),
  }
}

/**
 * An answer that is no success.
 * @param overload what 503 means: 'wait' where a call is short and comes through a few seconds later
 */
export function geminiRefusal(
  answer: Answer,
  now: Date,
  { overload = 'outage' }: { readonly overload?: 'wait' | 'outage' } = {},
): VendorFailure {
  const error = readGeminiError(answer.json)
  const isOverloaded = answer.status === 503 && overload === 'wait'
  const fault = isOverloaded ? 'rate-limit' : faultOf(answer.status, error)
  const asked = error.retryAfterSeconds ?? readRetryAfter(answer.headers['retry-after'], now)
  const isLong = fault === 'rate-limit' && error.quotaIds.some((id) => /day|daily|spend|budget/i.test(id))
  const wait = isLong
    ? Math.max(asked ?? 0, longWaitSeconds)
    : (asked ?? (isOverloaded ? overloadWaitSeconds : undefined))
  const words = [error.status ?? 'no status', ...error.reasons, ...error.quotaIds].slice(0, 6).join(', ')
  return geminiFailure(fault, answer, `${answer.status}, ${words}`, wait)
}

/** Google's words stay out of it: they may repeat what was sent. */
export function geminiFailure(
  fault: Fault,
  answer: Pick<Answer, 'status'>,
  why: string,
  retryAfterSeconds?: number,
): VendorFailure {
  return new VendorFailure(fault, {
    vendorStatus: answer.status,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause: new Error(`the answer ${why}`),
  })
}

function faultOf(httpStatus: number, { status, reasons, isPolicy }: GeminiError): Fault {
  if (isPolicy && httpStatus >= 400 && httpStatus < 500) return 'policy'
  if (httpStatus === 400) {
    if (reasons.some((reason) => reason.startsWith('API_KEY_'))) return 'key'
    // Billing is not set up, or not offered where the project is.
    if (status === 'FAILED_PRECONDITION') return 'credit'
  }
  // 404 where work is submitted: the model is not there (any more). It says nothing of the account or of the photo, so it is an
  // outage of that model: the next route is taken, and its breaker keeps others from it.
  return faultOfStatus(httpStatus)
}

function single(json: unknown): unknown {
  return Array.isArray(json) ? json[0] : json
}
