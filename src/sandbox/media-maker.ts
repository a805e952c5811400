import type { ImageType } from './check-body.ts'
import type { MadeDefect } from './fault.ts'

export interface MediaRequest {
  readonly photo: Buffer
  readonly photoFormat: ImageType
  /** The words to be spoken, without the sandbox's markers. */
  readonly script: string
  /** A WAV to be heard instead of a voice. */
  readonly speech?: Buffer
  /** An MP4 that is followed, without a sound of its own: the film is silent. */
  readonly performance?: Buffer
  readonly voice: { readonly speed: number; readonly pitch: number }
  readonly lipSync: boolean
  readonly animationStrength: number
  /** Exact length of the video, whatever the script needs. */
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly maxKilobitsPerSecond: number
  /** What must be wrong with it. */
  readonly defect: MadeDefect | null
  /** An empty directory for this media alone; the simulator removes it. */
  readonly directory: string
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** Paths of an MP4 (H.264, AAC) and of a JPEG. */
export interface MadeMedia {
  readonly video: string
  readonly thumbnail: string
}

export type MakeMedia = (request: MediaRequest) => Promise<MadeMedia>
