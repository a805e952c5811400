/** What is known of a model before it is ever called: the facts that routing, estimates and the registry read. */
import { planClips } from './plan-clips.ts'

export type QualityTier = 'economy' | 'standard' | 'premium'
export type AspectRatio = '1:1' | '9:16' | '16:9'

/**
 * How a model comes to speak. `script` takes the words; `audio` a voice track; `performance` a driving video;
 * `key-frames` is an image model whose edits of the photo our renderer animates.
 */
export type Drive = 'script' | 'audio' | 'performance' | 'key-frames'

/**
 * What comes back: a finished talking video, clips to join, mouth shapes to animate, a picture without sound, or only a voice.
 * The core finishes what is left; a silent picture speaks only where it followed a driving video of ours.
 */
export type Yields = 'talking-video' | 'clips' | 'key-frames' | 'silent-video' | 'speech'

/** A price as it is published, valid from a day on; a later one of the same label takes its place. */
export interface Price {
  /** Integer micro-units of the currency for one `unit`. */
  readonly micros: number
  /** ISO 4217. */
  readonly currency: string
  readonly unit: 'second' | 'call' | 'character'
  /** 'list': the vendor's own. 'seed': as this project's guide quotes it. 'set': by whoever runs this installation. */
  readonly label: 'list' | 'seed' | 'set'
  /** Where the figure comes from. */
  readonly source: string
  /** ISO day from which it holds. */
  readonly from: string
}

export interface Retirement {
  /** ISO day from which it is not asked any more. */
  readonly on: string
  /** The id to ask for instead, or null. */
  readonly replacedBy: string | null
}

export interface Model {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly kind: 'video' | 'image' | 'speech'
  readonly drive: Drive
  readonly yields: Yields
  /** The best tier it serves; it can be asked for lesser ones. */
  readonly tier: QualityTier
  /** It can let a person's recording be heard instead of a voice. */
  readonly takesRecordings?: boolean
  /**
   * Seconds of video it can be asked for in one call. Speech that is longer is refused; where `whole`, speech that is
   * shorter is asked for, and paid, as the next whole second of these.
   */
  readonly seconds: { readonly min: number; readonly max: number; readonly whole?: boolean }
  /** Lengths that one clip may have, ascending, where longer speech is made of several; `seconds` is then of all together. */
  readonly clipSeconds?: readonly number[]
  /** Paid calls that one video takes where it is priced by the call; absent: one. */
  readonly calls?: number
  /** The day on which its vendor ends it, or may at the earliest; from then on it is no route. */
  readonly retires?: Retirement
  /** A finished file may differ from what was asked by so much; absent: its length is that of the speech. */
  readonly lengthToleranceSeconds?: number
  /** Primary language subtags it speaks, e.g. 'en'. */
  readonly languages: readonly string[]
  readonly aspectRatios: readonly AspectRatio[] | 'any'
  /** A repeated call with the same key is the same call: safe to send again when its fate is unknown. */
  readonly dedupesByKey: boolean
  /** The work loads this machine's cores, so its steps run in the render lane. */
  readonly runsHere: boolean
  /** Where several hold on a day: 'set' before 'list' before 'seed'. Empty: unknown, which a cost limit refuses. */
  readonly prices: readonly Price[]
  /** How long it takes where nothing has been measured on this installation yet: a start, then so much per second of video. */
  readonly typicalWork: {
    readonly startSeconds: number
    readonly secondsPerSecond: Readonly<Record<QualityTier, number>>
  }
}

/**
 * What is asked of the model, and paid, for speech of that length.
 * @param script where it is known: clips are cut at its sentence ends, which may take one more
 */
export function sentSeconds(
  { seconds: { min, max, whole }, clipSeconds }: Pick<Model, 'seconds' | 'clipSeconds'>,
  speechSeconds: number,
  script?: string,
): number {
  if (clipSeconds)
    return planClips({ clipSeconds, speechSeconds, script }).reduce((sum, { seconds }) => sum + seconds, 0)
  return whole ? Math.min(max, Math.max(min, Math.ceil(speechSeconds))) : speechSeconds
}
