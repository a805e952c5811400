/** The story of a generation, and what its user thinks of it. */
import { z } from 'zod'
import {
  adjustmentSchema,
  failureSchema,
  moneySchema,
  outputSchema,
  queuePlaceSchema,
  statusSchema,
} from '../../realtime/public-parts.ts'
import { defaulted, numberField, required, textProblem, withExample } from './fields.ts'
import { routeSchema } from './generation.ts'

const time = z.iso.datetime()
const seconds = z.number().nonnegative()

const callSchema = z.strictObject({
  id: z.string().describe('Also the key under which the vendor knows it again.'),
  name: z.string(),
  state: z.enum(['started', 'refused', 'pending', 'completed', 'failed', 'cancelled', 'unknown']),
  provider_request_id: z.string().nullable(),
  provider_job_id: z.string().nullable(),
  sends: z.int().nonnegative().describe('Times that it was sent.'),
  maker: z
    .enum(['route', 'voice', 'house'])
    .describe("The attempt's own model, a voice vendor for it, or this machine."),
  provider: z.string().nullable().describe("Whom it is sent to, where that is not the attempt's own."),
  estimate: moneySchema.nullable(),
  failure: failureSchema.nullable().describe('Why the attempt went on without it.'),
  vain_fetches: z.int().nonnegative().describe('Times that its files were fetched in vain.'),
  reported_cost: moneySchema.nullable().describe('What the vendor says it cost.'),
  started_at: time,
  finished_at: time.nullable(),
  seconds: seconds.nullable(),
  deadline_at: time.describe('When the vendor is given up on.'),
})

const attemptSchema = z.strictObject({
  id: z.string(),
  ordinal: z.int().positive(),
  provider: z.string(),
  model: z.string(),
  why: z.string().nullable().describe('Why the router chose it.'),
  state: z.enum(['open', 'succeeded', 'failed', 'expired', 'unknown', 'cancelled']),
  failure: failureSchema
    .extend({ fault: z.string().nullable().describe('What the vendor did.') })
    .meta({ id: 'AttemptFailure' })
    .nullable(),
  sent_seconds: seconds.describe('Of video, asked for and paid.'),
  slot: z
    .enum(['waiting', 'held'])
    .nullable()
    .describe('Its place among the calls that the provider allows at once, while it needs one.'),
  slot_waited_seconds: seconds.nullable(),
  estimate: moneySchema.nullable(),
  cost: moneySchema.nullable(),
  cost_bearer: z.enum(['user', 'house']).nullable(),
  begun_at: time,
  finished_at: time.nullable(),
  seconds: seconds.nullable(),
  calls: z.array(callSchema),
})

export const traceSchema = z
  .strictObject({
    id: z.string(),
    status: statusSchema,
    origin: z
      .enum(['made', 'shared', 'cached'])
      .describe('`shared`, `cached`: the attempts are those of the equal request that came before.'),
    accepted_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    deadline_at: time,
    queued_seconds: seconds.nullable(),
    queue: queuePlaceSchema.nullable(),
    adjusted: z.array(adjustmentSchema),
    route: routeSchema,
    attempts: z.array(attemptSchema),
    events: z
      .array(
        z.strictObject({
          kind: z.string().describe("The event's type, and its step or stage."),
          count: z.int().positive(),
          first_seq: z.int().positive(),
          first_at: time,
          last_seq: z.int().positive(),
          last_at: time,
        }),
      )
      .describe('The log, by kind; GET …/events has each.'),
    cache_key: z
      .string()
      .nullable()
      .describe(
        'What its video answers equal requests as, and `key` of DELETE /api/v1/cache names; null while it answers none.',
      ),
    output_check: outputSchema
      .extend({ at: time.nullable() })
      .meta({ id: 'OutputCheck' })
      .nullable()
      .describe('What the stored file was found to be.'),
    settlement: z.strictObject({
      estimate: moneySchema,
      cost: moneySchema.nullable().describe('What you pay.'),
      house_costs: z.array(moneySchema).describe('What was spent without a video for you, and not charged.'),
    }),
    failure: failureSchema.nullable(),
    log_ids: z
      .strictObject({
        request_id: z.string().nullable(),
        generation_id: z.string(),
        work_id: z.string(),
        attempt_ids: z.array(z.string()),
        call_ids: z.array(z.string()),
      })
      .describe('Under these the logs speak of it.'),
  })
  .meta({ id: 'Trace' })
export type PublicTrace = z.infer<typeof traceSchema>

const maxCommentLength = 1_000

/** The body of POST /api/v1/video/{id}/rating. */
export const ratingFields = z.object({
  score: withExample(required(numberField({ min: 1, max: 5, whole: true }), '1 (bad) to 5 (good).'), 4),
  comment: withExample(
    defaulted(
      {
        read: (value) => (typeof value === 'string' ? value.trim() : value),
        schema: z
          .string({ error: 'must be text' })
          .max(maxCommentLength, `must have at most ${maxCommentLength} characters`)
          .superRefine((text, context) => {
            const problem = textProblem(text)
            if (problem) context.addIssue({ code: 'custom', message: problem })
          }),
      },
      '',
      'In your words, at most 1000 characters.',
    ),
    'The lips fit well.',
  ),
})
