/** What is said over the socket, as schemas: two requests from the client, one envelope and one error from us. */
import { z } from 'zod'
import type { Problem } from './present-problem.ts'

const id = z.string().regex(/^[\w-]{1,64}$/)

/** `generation:watch`: replay everything with seq > after, then follow. */
export const watchRequest = z.strictObject({ id, after: z.int().nonnegative().default(0) })

/** `generation:unwatch`. */
export const unwatchRequest = z.strictObject({ id })

/** The acknowledgement of both requests. */
export type Answer =
  | { readonly ok: true; readonly id: string; readonly after?: number }
  | { readonly ok: false; readonly error: Problem }

const queuePlace = z.strictObject({ ahead: z.int().nonnegative(), expected_wait_seconds: z.number().nonnegative() })
const money = z.strictObject({ amount: z.string(), micros: z.int(), currency: z.string() })
const head = {
  id: z.string(),
  /** 1, 2, 3 … per generation, without gaps. */
  seq: z.int().positive(),
  at: z.iso.datetime(),
  status: z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']),
  progress: z.number().min(0).max(100),
}

/** `generation:event`. */
export const envelopeSchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...head,
    type: z.literal('queued'),
    adjusted: z.array(z.strictObject({ setting: z.string(), asked: z.unknown(), used: z.unknown(), why: z.string() })),
    /** An equal request was done (`cached`) or under way (`shared`). */
    cached: z.boolean(),
    shared: z.boolean(),
    queue: queuePlace.nullable(),
  }),
  z.strictObject({ ...head, type: z.literal('waiting'), queue: queuePlace }),
  z.strictObject({
    ...head,
    type: z.literal('step'),
    step: z.string(),
    attempt: z.int(),
    provider: z.string().nullable(),
  }),
  z.strictObject({
    ...head,
    type: z.literal('progress'),
    step: z.string(),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    eta_seconds: z.number().nullable(),
  }),
  z.strictObject({
    ...head,
    type: z.literal('completed'),
    output: z.strictObject({
      bytes: z.int(),
      seconds: z.number(),
      width: z.int(),
      height: z.int(),
      fps: z.number(),
      sha256: z.string(),
    }),
    cost: money,
    /** From the start of processing to the stored file. */
    processing_seconds: z.number(),
    links: z.strictObject({ self: z.string(), content: z.string(), thumbnail: z.string() }),
  }),
  z.strictObject({
    ...head,
    type: z.literal('failed'),
    failure: z.strictObject({
      type: z.string(),
      title: z.string(),
      detail: z.string(),
      code: z.string(),
      reason: z.string(),
      hint: z.string().nullable(),
      retryable: z.boolean(),
    }),
  }),
  z.strictObject({ ...head, type: z.literal('cancelled') }),
  z.strictObject({ ...head, type: z.literal('deleted') }),
])
export type Envelope = z.infer<typeof envelopeSchema>
