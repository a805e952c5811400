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

/**
 * What a vendor's answer, or its silence, means. The routing room's failure table says what follows from each; here are the
 * words for whoever waits.
 */
export type Fault =
  /** It calls the request wrong (400, 422). */
  | 'bad-input'
  /** 413. */
  | 'too-large'
  /** It refuses what is said or shown. */
  | 'policy'
  /** 401, 403. */
  | 'key'
  /** 402: our account there is empty. */
  | 'credit'
  /** 429. */
  | 'rate-limit'
  /** It answered 5xx. */
  | 'server-error'
  /** Refused, no such host, TLS: nothing of the request left this machine. */
  | 'unreachable'
  /** No answer in time, or cut off, after the request had begun to leave: it may have been accepted. */
  | 'cut-off'
  /** An answer that cannot be understood: it may have been accepted. */
  | 'bad-answer'
  /** It took the work and says that the work failed, or that it does not know it. */
  | 'vendor-failed'
  /** Accepted, but not done in the time allowed. */
  | 'deadline'
  /** Done, but the file is missing, broken, black, silent or of the wrong length. */
  | 'bad-output'

interface FaultWords extends Pick<FailureRecord, 'code' | 'reason' | 'message' | 'retryable'> {
  readonly hint: string
}

const later = 'Try again in a few minutes.'

export const faultWords: Readonly<Record<Fault, FaultWords>> = {
  'bad-input': {
    code: 'INVALID_REQUEST',
    reason: 'provider-refused-input',
    message: 'The provider cannot work with this photo or script.',
    hint: 'Try another photo, or a shorter or simpler script.',
    retryable: false,
  },
  'too-large': {
    code: 'INVALID_REQUEST',
    reason: 'photo-too-large',
    message: 'The photo is too large for the provider.',
    hint: 'Compress it: save it as a JPEG of about 80 % quality, at most 2000 pixels on the longer side.',
    retryable: false,
  },
  policy: {
    code: 'CONTENT_POLICY_VIOLATION',
    reason: 'content-refused',
    message: 'The provider refuses this photo or script under its content rules.',
    hint: 'Change the photo or the script. It is not sent to another provider.',
    retryable: false,
  },
  key: {
    code: 'AUTHENTICATION_FAILED',
    reason: 'provider-key-refused',
    message: 'The service cannot sign in to the provider at the moment.',
    hint: 'Nothing is wrong with your request; the operator has been told.',
    retryable: true,
  },
  credit: {
    code: 'INSUFFICIENT_CREDITS',
    reason: 'provider-credit-empty',
    message: 'The plan for this provider is used up.',
    hint: 'Upgrade the plan or top up the account, or choose another model.',
    retryable: false,
  },
  'rate-limit': {
    code: 'RATE_LIMIT_EXCEEDED',
    reason: 'provider-rate-limited',
    message: 'The provider has too much to do at the moment.',
    hint: later,
    retryable: true,
  },
  'server-error': {
    code: 'PROVIDER_ERROR',
    reason: 'provider-error',
    message: 'The provider has a fault at the moment.',
    hint: later,
    retryable: true,
  },
  unreachable: {
    code: 'NETWORK_ERROR',
    reason: 'provider-unreachable',
    message: 'The provider cannot be reached at the moment.',
    hint: later,
    retryable: true,
  },
  'cut-off': {
    code: 'TIMEOUT',
    reason: 'provider-silent',
    message: 'The provider did not answer in time.',
    hint: later,
    retryable: true,
  },
  'bad-answer': {
    code: 'PROVIDER_ERROR',
    reason: 'provider-answer-unreadable',
    message: 'The provider gave an answer that cannot be understood.',
    hint: later,
    retryable: true,
  },
  'vendor-failed': {
    code: 'PROVIDER_ERROR',
    reason: 'provider-failed',
    message: 'The provider took the work and then failed at it.',
    hint: 'Try again, or with another photo.',
    retryable: true,
  },
  deadline: {
    code: 'TIMEOUT',
    reason: 'provider-too-slow',
    message: 'The provider did not finish in the time allowed.',
    hint: 'Try again later, or with a shorter script or a lower quality.',
    retryable: true,
  },
  'bad-output': {
    code: 'PROVIDER_ERROR',
    reason: 'output-unusable',
    message: 'The provider delivered a video that cannot be used.',
    hint: 'Try again; nothing was charged.',
    retryable: true,
  },
}

/** What a vendor did. Its own words are for the log only: they may hold anything. */
export class VendorFailure extends Failure {
  readonly fault: Fault
  /** HTTP status of the answer, where there was one. */
  readonly vendorStatus: number | undefined
  /** The vendor's own id of the exchange. */
  readonly vendorRequestId: string | undefined

  constructor(
    fault: Fault,
    details: {
      readonly vendorStatus?: number
      readonly vendorRequestId?: string
      readonly retryAfterSeconds?: number
      readonly cause?: unknown
    } = {},
  ) {
    const { code, ...words } = faultWords[fault]
    const { retryAfterSeconds, cause } = details
    super(code, { ...words, cause, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) })
    this.name = 'VendorFailure'
    this.fault = fault
    this.vendorStatus = details.vendorStatus
    this.vendorRequestId = details.vendorRequestId
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
  /** What the vendor did, where one did it. */
  readonly fault?: Fault
}

export function toFailureRecord(failure: Failure): FailureRecord {
  return {
    code: failure.code,
    reason: failure.reason,
    message: failure.message,
    hint: failure.hint ?? null,
    retryable: failure.retryable,
    ...(failure instanceof VendorFailure ? { fault: failure.fault } : {}),
  }
}
