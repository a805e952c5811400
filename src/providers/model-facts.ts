/** What the registry tells of a model, whether or not this build can call it. */
import type { Model, Price } from './model.ts'

/** A model that is only known of may be of a kind, and priced in a unit, that nothing here calls yet. */
export interface ModelFacts
  extends Pick<Model, 'id' | 'name' | 'provider' | 'drive' | 'yields' | 'tier' | 'takesRecordings'> {
  readonly kind: 'video' | 'image'
  /** Seconds of video in one call; null: unknown, or no video. */
  readonly seconds: Model['seconds'] | null
  /** Null: not documented. */
  readonly languages: Model['languages'] | null
  readonly aspectRatios: Model['aspectRatios']
  readonly prices: readonly (Omit<Price, 'unit'> & { readonly unit: Price['unit'] | 'image' })[]
  readonly notes?: string
}
