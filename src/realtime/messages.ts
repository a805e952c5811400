/** What is said over the socket, as schemas: two requests from the client, one envelope and one error from us. */
import { z } from 'zod'
import type { PublicAlert } from './public-alert.ts'
import {
  adjustmentSchema,
  failureSchema,
  moneySchema,
  outputSchema,
  type PublicFailure,
  queuePlaceSchema,
  statusSchema,
} from './public-parts.ts'

const id = z.string().regex(/^[\w-]{1,64}$/)

/** `generation:watch`: replay everything with seq > after, then follow. */
export const watchRequest = z.strictObject({ id, after: z.int().nonnegative().default(0) })

/** `generation:unwatch`. */
export const unwatchRequest = z.strictObject({ id })

/** `admin:watch`: what alarms, as `ops:alert`. */
export const adminWatchRequest = z.strictObject({}).optional()

/** The acknowledgement of each request. */
export type Answer =
  | { readonly ok: true; readonly id: string; readonly after?: number }
  | { readonly ok: true; readonly alerts: readonly PublicAlert[] }
  | { readonly ok: false; readonly error: PublicFailure }

const head = {
  id: z.string().describe('Of the generation.'),
  seq: z.int().positive().describe('1, 2, 3 … per generation, without gaps.'),
  at: z.iso.datetime(),
  status: statusSchema,
  progress: z.number().min(0).max(100).describe('Percent, never falling.'),
}

const queued = z.strictObject({
  ...head,
  type: z.literal('queued'),
  adjusted: z.array(adjustmentSchema),
  cached: z.boolean().describe('An equal request was done: this is its video.'),
  shared: z.boolean().describe('An equal request is under way: this waits for its video.'),
  queue: queuePlaceSchema.nullable(),
})

const waiting = z.strictObject({ ...head, type: z.literal('waiting'), queue: queuePlaceSchema })

const step = z.strictObject({
  ...head,
  type: z.literal('step'),
  step: z.string(),
  attempt: z.int().nonnegative(),
  provider: z.string().nullable(),
})

const progress = z.strictObject({
  ...head,
  type: z.literal('progress'),
  step: z.string(),
  stage: z.string().describe("What is being done: 'speech', 'face', 'frames' …"),
  done: z.number().nonnegative().describe('Units of the stage.'),
  total: z.number().nonnegative(),
  eta_seconds: z.number().nullable().describe('Seconds to the end; null while too little is known.'),
})

const fallback = z.strictObject({
  ...head,
  type: z.literal('fallback'),
  from: z.string().describe('The provider that is left.'),
  to: z.string().describe('The one that is tried next.'),
  error: failureSchema.describe('What went wrong with the first.'),
})

const path = z.string().regex(/^\//)

const completed = z.strictObject({
  ...head,
  type: z.literal('completed'),
  output: outputSchema,
  cost: moneySchema,
  processing_seconds: z.number().describe('From the start of processing to the stored file.'),
  links: z.strictObject({ self: path, content: path, thumbnail: path }),
})

/** `generation:event`. */
export const envelopeSchema = z
  .discriminatedUnion('type', [
    queued.meta({ id: 'QueuedEvent' }),
    waiting.meta({ id: 'WaitingEvent' }),
    step.meta({ id: 'StepEvent' }),
    progress.meta({ id: 'ProgressEvent' }),
    fallback.meta({ id: 'FallbackEvent' }),
    completed.meta({ id: 'CompletedEvent' }),
    z.strictObject({ ...head, type: z.literal('failed'), failure: failureSchema }).meta({ id: 'FailedEvent' }),
    z.strictObject({ ...head, type: z.literal('cancelled') }).meta({ id: 'CancelledEvent' }),
    z.strictObject({ ...head, type: z.literal('deleted') }).meta({ id: 'DeletedEvent' }),
  ])
  .meta({ id: 'Event', description: 'One entry of the log of a generation; the same on page, stream and socket.' })
export type Envelope = z.infer<typeof envelopeSchema>
