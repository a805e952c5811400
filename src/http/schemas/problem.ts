import { z } from 'zod'
import { failureSchema } from '../../realtime/public-parts.ts'

/** One field that is wrong. */
export const fieldMistakeSchema = z
  .strictObject({
    field: z.string().describe("As the caller wrote it: 'duration', 'voice_settings.speed'."),
    reason: z.enum(['field-missing', 'field-invalid', 'field-unknown', 'field-repeated', 'consent-missing']),
    message: z.string(),
    hint: z.string().optional(),
  })
  .meta({ id: 'FieldMistake' })

/** RFC 9457, with our code, reason and hint. A reason may add members of its own (`max_bytes`, `accepted`, …). */
export const problemSchema = z
  .looseObject({
    ...failureSchema.shape,
    status: z.int().min(400).max(599),
    instance: z.string(),
    retry_after_seconds: z.number().nonnegative().nullable(),
    request_id: z.string().describe('As in X-Request-ID; the logs know it.'),
    errors: z.array(fieldMistakeSchema).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'What is wrong and what to do about it (RFC 9457). Some reasons add members of their own.',
  })
export type Problem = z.infer<typeof problemSchema>

/** Something worth knowing that stops nothing. */
export const warningSchema = z.strictObject({ code: z.string(), message: z.string() }).meta({ id: 'Warning' })
