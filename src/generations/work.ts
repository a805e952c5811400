/**
 * A work is what one or more equal generations of a tenant wait for together: attempts on routes until the bytes are
 * stored. It goes open -> done | failed | cancelled, and while open it is at one `step` (ARCHITECTURE.md draws the path).
 * It is cancelled when nobody waits for it any more, and its bytes go when the last generation that has them goes.
 */
import type { FailureRecord } from '../errors.ts'
import type { RouteTrace } from '../routing/ai-service-router.ts'
import type { Estimate, Making, Money, Output, Settings, Step } from './generation.ts'

export type WorkState = 'open' | 'done' | 'failed' | 'cancelled'

export interface Work {
  readonly id: string
  readonly tenantId: string
  /** What equal requests find it by (work-key.ts); null once nobody may join it, or when nobody ever might. */
  readonly key: string | null
  readonly photoId: string
  /** Hex SHA-256 of the photo as uploaded. */
  readonly photoSha256: string
  /** Index of the face that speaks (largest first). */
  readonly face: number
  readonly script: string
  readonly settings: Settings
  readonly estimate: Estimate
  /** Its route loads the cores of a worker, so it waits for one of their places. */
  readonly runsHere: boolean
  readonly state: WorkState
  /** The step that runs next or now; null once over. */
  readonly step: Step | null
  /** 0..100, never falling; 100 only when done. */
  readonly progress: number
  /** Grows with every committed step; the fence against a worker that woke too late. */
  readonly version: number
  readonly requestId: string | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** The latest of those who joined. */
  readonly deadlineAt: Date
  readonly output: Output | null
  /** Who made it; null until it is done. */
  readonly making: Making | null
  /** Who was considered for it and why passed over. */
  readonly routeTrace: readonly RouteTrace[]
}

/** `expired` and `unknown`: the vendor may still finish it, and be paid. */
export type AttemptState = 'open' | 'succeeded' | 'failed' | 'expired' | 'unknown' | 'cancelled'

/** One try on one route. */
export interface Attempt {
  readonly id: string
  readonly workId: string
  /** 1 for the first. */
  readonly ordinal: number
  readonly provider: string
  readonly model: string
  readonly state: AttemptState
  readonly failure: FailureRecord | null
  /** Seconds of video that are asked for, and paid. */
  readonly sentSeconds: number
  /** What it should cost, put aside while it is open or unsettled; null: the price is unknown. */
  readonly estimate: Money | null
  /** What it came to; null until that is known. */
  readonly cost: Money | null
  /** Who pays `cost`: the one who asked, or the house, where they got nothing for it. */
  readonly costBearer: 'user' | 'house' | null
  /** Its place among the calls that the provider allows at once: it waits for one, has one, or needs none. */
  readonly slot: 'waiting' | 'held' | null
  /** Since when it waits for the slot, or has it. */
  readonly slotAt: Date | null
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/**
 * `started` is written before the request leaves; what follows says what came of it. `refused`: the vendor did not take it,
 * so it may be sent again; `unknown`: nobody can tell whether it did.
 */
export type CallState = 'started' | 'refused' | 'pending' | 'completed' | 'failed' | 'cancelled' | 'unknown'

/** One request that a vendor may bill; its id is the idempotency key. */
export interface Call {
  readonly id: string
  readonly attemptId: string
  readonly ordinal: number
  /** The provider's own name for it, e.g. 'render'. */
  readonly name: string
  /** The attempt's own model, a voice vendor for it, or this machine. */
  readonly maker: 'route' | 'voice' | 'house'
  /** Whom it is sent to, where that is not the attempt's own model. */
  readonly provider: string | null
  readonly model: string | null
  readonly state: CallState
  /** The vendor's handle (opaque JSON), once it answered with one. */
  readonly operation: unknown
  /** What it yielded (opaque JSON of the provider), once completed. */
  readonly outputs: unknown
  /** What later calls of the attempt need of it (opaque JSON of the provider), once completed. */
  readonly keeps: unknown
  /** What an equal call of the tenant is known by, whose outputs may be taken again. */
  readonly reuseKey: string | null
  /** Why the attempt went on without it. */
  readonly failure: FailureRecord | null
  /** The vendor's own names for it. */
  readonly providerRequestId: string | null
  readonly providerJobId: string | null
  /** Times that the request was sent; more than once only under the same key, where the vendor knows it again. */
  readonly sends: number
  /** Times that its finished files were fetched, or looked at, in vain. */
  readonly fetches: number
  /** When the vendor is given up on. */
  readonly deadlineAt: Date
  /** What the vendor says of its quality and of its cost (opaque JSON), once completed. */
  readonly metrics: unknown
  /** What it should cost; null: its price is unknown. */
  readonly estimate: Money | null
  readonly reportedCost: Money | null
  readonly startedAt: Date
  readonly finishedAt: Date | null
}
