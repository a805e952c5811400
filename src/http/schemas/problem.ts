import { z } from 'zod'
import { catalogue, type FailureCode } from '../../errors.ts'

export const failureCode = z.enum(Object.keys(catalogue) as [FailureCode, ...FailureCode[]])

/** One field that is wrong. */
export const fieldMistakeSchema = z.strictObject({
  field: z.string(),
  reason: z.enum(['field-missing', 'field-invalid', 'field-unknown', 'field-repeated', 'consent-missing']),
  message: z.string(),
  hint: z.string().optional(),
})

/** RFC 9457, with our code, reason and hint. A reason may add members of its own (`max_bytes`, `accepted`, …). */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string(),
  code: failureCode,
  reason: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  hint: z.string().nullable(),
  retryable: z.boolean(),
  retry_after_seconds: z.number().nullable(),
  request_id: z.string(),
  errors: z.array(fieldMistakeSchema).optional(),
})
export type Problem = z.infer<typeof problemSchema>

/** How a generation failed: the part of a problem that is kept with it. */
export const failureSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  detail: z.string(),
  code: failureCode,
  reason: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
})
export type PublicFailure = z.infer<typeof failureSchema>

/** Something worth knowing that stops nothing. */
export const warningSchema = z.strictObject({ code: z.string(), message: z.string() })
