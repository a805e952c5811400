/**
 * The failure catalogue: every code the wire may carry, its HTTP status and the words for a user. A Failure is thrown
 * where something is known to be wrong and translated once at each edge (HTTP, socket, job). `reason` is the finer,
 * stable name beside the ten codes; `hint` says what to do about it.
 */
export const catalogue = {
  INVALID_REQUEST: { status: 422, retryable: false, title: 'The request cannot be carried out as it is' },
  AUTHENTICATION_FAILED: { status: 401, retryable: false, title: 'Authentication failed' },
  RATE_LIMIT_EXCEEDED: { status: 429, retryable: true, title: 'Too many requests' },
  PROVIDER_ERROR: { status: 502, retryable: true, title: 'The provider could not do the work' },
  TIMEOUT: { status: 504, retryable: true, title: 'It took longer than allowed' },
  INVALID_MODEL: { status: 422, retryable: false, title: 'No model can do this' },
  INSUFFICIENT_CREDITS: { status: 402, retryable: false, title: 'Not enough credit' },
  CONTENT_POLICY_VIOLATION: { status: 422, retryable: false, title: 'The content was refused' },
  NETWORK_ERROR: { status: 502, retryable: true, title: 'The network failed' },
  UNKNOWN_ERROR: { status: 500, retryable: true, title: 'Something went wrong on our side' },
} as const

export type FailureCode = keyof typeof catalogue

export interface FailureDetails {
  /** Stable, machine-readable, kebab-case: 'no-face', 'script-too-long'. */
  readonly reason: string
  /** One sentence for a person. */
  readonly message: string
  /** What the caller can do about it. */
  readonly hint?: string
  /** HTTP status where it differs from the code's own (404, 409, 413, 415, 400 ...). */
  readonly status?: number
  readonly retryable?: boolean
  /** Seconds to wait before trying again. */
  readonly retryAfterSeconds?: number
  /** Extra public members of the problem document. Never secrets, paths or stacks. */
  readonly extra?: Readonly<Record<string, unknown>>
  /** For the log only; never on the wire. */
  readonly cause?: unknown
}

export class Failure extends Error {
  readonly code: FailureCode
  readonly reason: string
  readonly hint: string | undefined
  readonly status: number
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: FailureCode, details: FailureDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Failure'
    this.code = code
    this.reason = details.reason
    this.hint = details.hint
    this.status = details.status ?? catalogue[code].status
    this.retryable = details.retryable ?? catalogue[code].retryable
    this.retryAfterSeconds = details.retryAfterSeconds
    this.extra = details.extra ?? {}
  }
}

/** A Failure as it is, anything else as UNKNOWN_ERROR with the original as `cause`. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('UNKNOWN_ERROR', {
    reason: 'unexpected',
    message: 'An unexpected error occurred.',
    hint: 'Try again; if it happens again, report the request id.',
    cause: error,
  })
}

/** What is stored of a failure and may be shown: no cause, no stack. */
export interface FailureRecord {
  readonly code: FailureCode
  readonly reason: string
  readonly message: string
  readonly hint: string | null
  readonly retryable: boolean
}

export function toFailureRecord(failure: Failure): FailureRecord {
  return {
    code: failure.code,
    reason: failure.reason,
    message: failure.message,
    hint: failure.hint ?? null,
    retryable: failure.retryable,
  }
}
