/** What is asked of a generation's log, and a page of it. */
import { z } from 'zod'
import { envelopeSchema } from '../../realtime/messages.ts'
import { defaulted, numberField, optional, withExample } from './fields.ts'

const seq = numberField({ min: 0, max: 2_147_483_647, whole: true })

/** The query of GET /api/v1/video/{id}/events. */
export const eventFields = z.object({
  after: withExample(defaulted(seq, 0, 'Only events with a greater seq: the last one seen.'), 0),
  limit: withExample(
    defaulted(numberField({ min: 1, max: 500, whole: true }), 100, 'How many a page holds at most, 1 to 500.'),
    50,
  ),
  lastEventId: withExample(optional(seq, 'As Last-Event-ID, for clients that cannot set the header.'), 0),
})

export const eventHeaders = z.object({
  'Last-Event-ID': withExample(
    optional(seq, 'What an EventSource sends when it comes back; counts before the query.'),
    0,
  ),
})

export const eventPageSchema = z.strictObject({
  items: z.array(envelopeSchema),
  /** `after` of the next page: the last seq of this one. */
  next_after: z.int().nonnegative(),
  /** Seq of the newest event there is. */
  last_seq: z.int().nonnegative(),
  /** True when the generation is over and this page reaches its last event. */
  ended: z.boolean(),
})
