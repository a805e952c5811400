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

/** What one tenant had made by one provider on one day. */
export interface CostRow {
  /** '2026-11-21', in UTC: the day on which it ended. */
  readonly day: string
  readonly provider: string
  /** Null where nothing was charged that day. */
  readonly currency: string | null
  /** Completed, cached and shared ones included. */
  readonly generations: number
  readonly userMicros: number
  /** What came to nothing for the user, and is paid by the house. */
  readonly houseMicros: number
}

export interface CostStore {
  /** Of what ended from `from` and before `until`; newest day first. */
  costsOf(tenantId: string, from: Date, until: Date): Promise<readonly CostRow[]>
}
