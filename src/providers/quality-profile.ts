/** What a tier asks of a model that lets itself be told. */
import type { QualityTier } from './model.ts'

export interface QualityProfile {
  /** Pixels of the shorter side. */
  readonly shortSide: number
  readonly fps: number
  /** An upper bound under constant quality. */
  readonly maxKilobitsPerSecond: number
}

export type QualityProfiles = Readonly<Record<QualityTier, QualityProfile>>

/** The guide's: resolution by the short side, frames per second, and its bit rates as upper bounds. */
export const usualProfiles: QualityProfiles = {
  economy: { shortSide: 720, fps: 24, maxKilobitsPerSecond: 2_000 },
  standard: { shortSide: 1080, fps: 30, maxKilobitsPerSecond: 4_000 },
  premium: { shortSide: 1080, fps: 60, maxKilobitsPerSecond: 8_000 },
}
