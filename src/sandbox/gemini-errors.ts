/**
 * Errors as Google writes them. A fault's `code` chooses: a status of Google's ('failed_precondition', 'safety'), 'api_key_invalid', or
 * which quota is used up ('per_day', 'spend'); else the HTTP status does. How long to wait stands in the body, never in a header.
 * 'front_end' and what its servers before the API answer (413) come within an array.
 */
import type { ErrorBody } from './answer-api.ts'
import type { WireError } from './refusal.ts'

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}
const ownStatuses = ['failed_precondition', 'safety', 'prohibited_content', 'image_safety']

const quotas: Readonly<Record<string, string>> = {
  per_day: 'GenerateRequestsPerDayPerProjectPerModel',
  spend: 'GenerateSpendPerProject',
}

/** What a key that it does not know is answered. */
export const wrongGeminiKey: WireError = {
  status: 400,
  code: 'api_key_invalid',
  message: 'API key not valid. Please pass a valid API key.',
}

export function geminiErrorBody({ status, code, message, field, headers }: WireError): ErrorBody {
  const seconds = headers?.['Retry-After']
  const details = [
    ...(code === wrongGeminiKey.code
      ? [detail('ErrorInfo', { reason: 'API_KEY_INVALID', domain: 'googleapis.com' })]
      : []),
    ...(status === 429
      ? [
          detail('QuotaFailure', {
            violations: [{ quotaId: quotas[code] ?? 'GenerateRequestsPerMinutePerProjectPerModel' }],
          }),
        ]
      : []),
    ...(seconds === undefined ? [] : [detail('RetryInfo', { retryDelay: `${seconds}s` })]),
    ...(field === undefined ? [] : [detail('BadRequest', { fieldViolations: [{ field, description: message }] })]),
  ]
  const error = {
    code: status,
    message: field === undefined ? message : `${field}: ${message}`,
    status: ownStatuses.includes(code) ? code.toUpperCase() : (statuses[status] ?? 'UNKNOWN'),
    ...(details.length > 0 && { details }),
  }
  const body = code === 'front_end' || status === 413 ? [{ error }] : { error }
  return { type: 'application/json; charset=UTF-8', text: JSON.stringify(body), headers: {} }
}

function detail(type: string, fields: object): object {
  return { '@type': `type.googleapis.com/google.rpc.${type}`, ...fields }
}
