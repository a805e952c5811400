/** What the registry tells of a model, whether or not this build can call it. */
import type { Model } from './model.ts'

/** Of a model that is only known of, less may be known. */
export interface ModelFacts
  extends Pick<
    Model,
    | 'id'
    | 'name'
    | 'provider'
    | 'kind'
    | 'drive'
    | 'yields'
    | 'tier'
    | 'takesRecordings'
    | 'clipSeconds'
    | 'calls'
    | 'retires'
    | 'prices'
  > {
  /** Seconds of video in one call; null: unknown, or no video. */
  readonly seconds: Model['seconds'] | null
  /** Null: not documented. */
  readonly languages: Model['languages'] | null
  readonly aspectRatios: Model['aspectRatios']
  readonly notes?: string
}
