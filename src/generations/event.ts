/** The event log: what happened to a generation, numbered without gaps. Sockets, SSE, webhooks and pages are views of it. */
import type { FailureRecord } from '../errors.ts'
import type { Adjustment, GenerationStatus, Money, Origin, Output, QueuePlace, Step } from './generation.ts'

export type EventBody =
  | {
      readonly type: 'queued'
      readonly adjusted: readonly Adjustment[]
      readonly origin: Origin
      readonly queue: QueuePlace | null
    }
  /** It moved up in the queue, or the queue became slower or faster than was told. */
  | { readonly type: 'waiting'; readonly queue: QueuePlace }
  /** Another route is taken: `error` is what went wrong with the one before. */
  | { readonly type: 'fallback'; readonly from: string; readonly to: string; readonly error: FailureRecord }
  | { readonly type: 'step'; readonly step: Step; readonly attempt: number; readonly provider: string | null }
  | {
      readonly type: 'progress'
      readonly step: Step
      /** What is being done inside the step: 'speech', 'face', 'frames', 'encode' ... */
      readonly stage: string
      /** Units of the stage: frames when stage is 'frames'. */
      readonly done: number
      readonly total: number
      /** Seconds to completion as measured so far, or null while too little is known to say. */
      readonly etaSeconds: number | null
    }
  | { readonly type: 'completed'; readonly output: Output; readonly cost: Money; readonly seconds: number }
  | { readonly type: 'failed'; readonly failure: FailureRecord }
  | { readonly type: 'cancelled' }
  | { readonly type: 'deleted' }

export interface GenerationEvent {
  readonly generationId: string
  readonly tenantId: string
  /** 1, 2, 3 ... per generation. */
  readonly seq: number
  readonly at: Date
  /** The generation's status and progress (0..100) as of this event. */
  readonly status: GenerationStatus
  readonly progress: number
  readonly body: EventBody
}
