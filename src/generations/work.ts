/**
 * A work is what one or more equal generations of a tenant wait for together: attempts on routes until the bytes are
 * stored. It goes open -> done | failed | cancelled, and while open it is at one `step` (ARCHITECTURE.md draws the path).
 * It is cancelled when nobody waits for it any more, and its bytes go when the last generation that has them goes.
 */
import type { FailureRecord } from '../errors.ts'
import type { RouteTrace } from '../routing/ai-service-router.ts'
import type { Estimate, Output, Settings, Step } from './generation.ts'

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
  /** Who was considered for it and why passed over. */
  readonly routeTrace: readonly RouteTrace[]
}

export type AttemptState = 'open' | 'succeeded' | 'failed' | 'expired' | 'cancelled'

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
  readonly createdAt: Date
  readonly finishedAt: Date | null
}

/** `started` is written before the request leaves; what follows says what came of it. */
export type CallState = 'started' | 'pending' | 'completed' | 'failed' | 'unknown'

/** One request that a vendor may bill; its id is the idempotency key. */
export interface Call {
  readonly id: string
  readonly attemptId: string
  readonly ordinal: number
  /** The provider's own name for it, e.g. 'render'. */
  readonly name: string
  readonly state: CallState
  /** The vendor's handle (opaque JSON), once it answered with one. */
  readonly operation: unknown
  /** What it yielded (opaque JSON of the provider), once completed. */
  readonly outputs: unknown
  readonly startedAt: Date
  readonly finishedAt: Date | null
}
