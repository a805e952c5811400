/**
 * Errors as ElevenLabs writes them: `{detail: {status, message}}`; with the switch errorShape=detail the newer `{detail: {type, code,
 * message, request_id}}`, with html a page. What is wrong with a field is a list.
 */
import type { ErrorBody } from './answer-api.ts'
import type { WireError } from './refusal.ts'
import type { ErrorShape } from './switches.ts'

/** What the contract calls what faults and the ground call otherwise. */
const codes: Readonly<Record<string, string>> = {
  unauthorized: 'invalid_api_key',
  insufficient_credits: 'payment_required',
  rate_limited: 'too_many_concurrent_requests',
  unavailable: 'service_unavailable',
}

export const wrongElevenLabsKey: WireError = { status: 401, code: 'invalid_api_key', message: 'Invalid API key' }

export function elevenLabsErrorBody(
  { status, code, message, field, headers = {} }: WireError,
  shape: ErrorShape,
  requestId: string,
): ErrorBody {
  const type = 'application/json'
  if (shape === 'html') return { type: 'text/html', text: `<html><body>${status}</body></html>`, headers }
  if (status === 422 && field !== undefined) {
    const loc = field.startsWith('query ') ? ['query', field.slice(6)] : ['body', ...field.split('.')]
    return { type, text: JSON.stringify({ detail: [{ loc, msg: message, type: 'value_error' }] }), headers }
  }
  const name = codes[code] ?? code
  const detail =
    shape === 'detail'
      ? { type: 'api_error', code: name, message, request_id: requestId, param: field ?? null }
      : { status: name, message }
  return { type, text: JSON.stringify({ detail }), headers }
}
