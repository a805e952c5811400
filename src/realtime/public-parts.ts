/** What events hold and a generation's JSON holds too, as schemas: money, output, failure, adjustment. */
import { z } from 'zod'
import { catalogue, type FailureCode } from '../errors.ts'

export const statusSchema = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled'])

export const moneySchema = z
  .strictObject({
    amount: z
      .string()
      .regex(/^-?\d+\.\d{2,6}$/)
      .describe("Decimal, exact: '0.15'."),
    micros: z.int().describe('The same in millionths.'),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .describe('ISO 4217.'),
  })
  .meta({ id: 'Money' })
export type PublicMoney = z.infer<typeof moneySchema>

export const outputSchema = z
  .strictObject({
    bytes: z.int().positive(),
    seconds: z.number().nonnegative(),
    width: z.int().positive().describe('Pixels.'),
    height: z.int().positive().describe('Pixels.'),
    fps: z.number().positive().describe('Frames a second.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('Of the MP4, hexadecimal.'),
  })
  .meta({ id: 'Output', description: 'The finished film.' })

export const failureCode = z
  .enum(Object.keys(catalogue) as [FailureCode, ...FailureCode[]])
  .meta({ id: 'FailureCode', description: 'The coarse class of a problem.' })

export const reasonSchema = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .describe('The fine, stable name of what is wrong.')

/** How a generation failed: the part of a problem that is kept with it. */
export const failureSchema = z
  .strictObject({
    type: z.string().regex(/^urn:talking-photo:problem:[a-z0-9-]+$/),
    title: z.string(),
    detail: z.string(),
    code: failureCode,
    reason: reasonSchema,
    hint: z.string().nullable().describe('What to do about it.'),
    retryable: z.boolean().describe('Whether the same request may succeed later.'),
  })
  .meta({ id: 'Failure', description: 'How a generation failed.' })
export type PublicFailure = z.infer<typeof failureSchema>

export const queuePlaceSchema = z
  .strictObject({
    ahead: z.int().nonnegative().describe('Videos that come first.'),
    expected_wait_seconds: z.number().nonnegative().describe('Until it is likely to start.'),
    waiting_for: z
      .enum(['machine', 'provider'])
      .describe('A place on a machine, or one of the calls that the provider allows at once.'),
  })
  .meta({ id: 'QueuePlace', description: 'While it waits for its turn.' })
export type PublicQueuePlace = z.infer<typeof queuePlaceSchema>

export const adjustmentSchema = z
  .strictObject({ setting: z.string(), asked: z.unknown(), used: z.unknown(), why: z.string() })
  .meta({ id: 'Adjustment', description: 'A setting that was not done exactly as asked.' })
