/** What this room asks of the rows. */
import type { Money } from '../generations/generation.ts'

/** Sums over a stretch of time, of all nodes and tenants. */
export interface WindowFigures {
  /** Attempts that ended, cancelled ones left out. */
  readonly attempts: number
  /** Those that ended badly through no fault of the request. */
  readonly failedAttempts: number
  /** Works that became videos, and the seconds from their start to the stored file, together. */
  readonly made: { readonly count: number; readonly seconds: number }
  /** Requests taken in, and those of them that needed no new video. */
  readonly accepted: { readonly count: number; readonly hits: number }
  /** First attempts begun, and those begun after another one failed. */
  readonly begun: { readonly first: number; readonly fallbacks: number }
  /** What the videos made came to, whoever pays; only in the currency asked for. */
  readonly costMicros: number
}

export interface TenantCost {
  readonly tenantId: string
  readonly micros: number
}

export interface WatchingStore {
  figuresSince(since: Date, currency: string): Promise<WindowFigures>
  /** Who has spent more than `over` since then, in its currency. */
  spendersSince(since: Date, over: Money): Promise<readonly TenantCost[]>
}
