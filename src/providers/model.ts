/** What is known of a model before it is ever called: the facts that routing, estimates and the registry read. */

export type QualityTier = 'economy' | 'standard' | 'premium'
export type AspectRatio = '1:1' | '9:16' | '16:9'

/**
 * How a model comes to speak. `script` takes the words; `audio` a voice track; `performance` a driving video;
 * `key-frames` is an image model whose edits of the photo our renderer animates.
 */
export type Drive = 'script' | 'audio' | 'performance' | 'key-frames'

/** What comes back: a finished talking video, clips to join, mouth shapes to animate, or a picture without sound. */
export type Yields = 'talking-video' | 'clips' | 'key-frames' | 'silent-video'

export interface Price {
  /** Integer micro-units of the currency per second of video. */
  readonly microsPerSecond: number
  readonly currency: string
  /** Where the figure comes from and of which day it is. */
  readonly source: string
  readonly date: string
}

export interface Model {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly kind: 'video'
  readonly drive: Drive
  readonly yields: Yields
  /** The best tier it serves; it can be asked for lesser ones. */
  readonly tier: QualityTier
  /** It can let a person's recording be heard instead of a voice. */
  readonly takesRecordings?: boolean
  /** Seconds of speech it can do in one generation. */
  readonly seconds: { readonly min: number; readonly max: number }
  /** Primary language subtags it speaks, e.g. 'en'. */
  readonly languages: readonly string[]
  readonly aspectRatios: readonly AspectRatio[] | 'any'
  /** A repeated call with the same key is the same call: safe to send again when its fate is unknown. */
  readonly dedupesByKey: boolean
  /** The work loads this machine's cores, so its steps run in the render lane. */
  readonly runsHere: boolean
  /** Null: unknown, which a cost limit refuses. */
  readonly price: Price | null
  /** How long it takes where nothing has been measured on this installation yet: a start, then so much per second of video. */
  readonly typicalWork: {
    readonly startSeconds: number
    readonly secondsPerSecond: Readonly<Record<QualityTier, number>>
  }
}
