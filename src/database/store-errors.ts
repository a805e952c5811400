/** What a database error means, read from SQLSTATE: messages differ between servers and languages. */
import { Failure } from '../errors.ts'

interface DriverCause {
  readonly originalCode?: string
  readonly code?: string
}

/** The SQLSTATE of an error that came through Prisma, or null. */
export function sqlStateOf(error: unknown): string | null {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    const { meta, cause, code } = current as Error & {
      meta?: { code?: string; driverAdapterError?: { cause?: DriverCause } }
      code?: string
    }
    const driver = meta?.driverAdapterError?.cause ?? (isDriverCause(cause) ? cause : undefined)
    const state = driver?.originalCode ?? driver?.code ?? meta?.code
    if (state !== undefined && isSqlState(state)) return state
    if (code === 'P2034') return '40001'
    current = cause
  }
  return null
}

function isDriverCause(cause: unknown): cause is DriverCause {
  return typeof cause === 'object' && cause !== null && ('originalCode' in cause || 'code' in cause)
}

const isSqlState = (text: string) => /^[0-9A-Z]{5}$/.test(text) && !/^P[1-9]/.test(text)

/** Serialization failure and deadlock: the transaction was rolled back whole and may simply run again. */
export function isConflict(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === '40001' || state === '40P01'
}

/** A Failure for the errors that a caller's own words can cause; anything else as it is. */
export function translate(error: unknown): unknown {
  const state = sqlStateOf(error)
  // 22021, 22P05: U+0000 in text or JSON. 22P02 for JSON: half a surrogate pair.
  if (state === '22021' || state === '22P05' || state === '22P02') {
    return new Failure('INVALID_REQUEST', {
      reason: 'text-not-storable',
      message: 'A text contains a character that cannot be stored (U+0000 or half of a surrogate pair).',
      hint: 'Remove control characters and send valid Unicode.',
      cause: error,
    })
  }
  return error
}
