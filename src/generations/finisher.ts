/**
 * What we make ourselves for a vendor's model, and of what it leaves: the port between the heart and our own renderer and
 * encoder. Everything it makes lies in `scratch`; everything can be made again after a crash, at no cost.
 */
import type { CallProgress, SpeakingRequest } from '../providers/provider.ts'

export interface FinishContext {
  readonly signal: AbortSignal
  /** A private directory; gone soon after. */
  readonly scratch: string
  readonly onProgress: (progress: CallProgress) => void
}

/** The speech of a script, and when what is said in it. */
export interface SpokenFiles {
  /** A mono 16-bit WAV. */
  readonly speech: string
  /** JSON of CharacterTimes (providers/character-times.ts), where a cloud voice told them. */
  readonly characters?: string
}

export interface KeyFrame {
  /** The provider's name for the call that made it: its mouth shape. */
  readonly name: string
  readonly path: string
}

export interface Finisher {
  /** The script in our own voice; `words` as captions/time-script.ts has it. */
  speak(
    request: SpeakingRequest,
    context: FinishContext,
  ): Promise<SpokenFiles & { readonly words: string; readonly seconds: number }>
  /** When each word of a speech is said that somebody else made. */
  timeWords(
    request: SpeakingRequest,
    spoken: SpokenFiles,
    context: FinishContext,
  ): Promise<{ readonly words: string; readonly seconds: number }>
  /** The photo speaking it, for a model that follows a driving video. */
  perform(
    request: SpeakingRequest,
    spoken: SpokenFiles | null,
    context: FinishContext,
  ): Promise<SpokenFiles & { readonly video: string; readonly words: string; readonly seconds: number }>
  /** The photo speaking with the mouths of the key frames. Those that do not fit are left out and named. */
  animate(
    request: SpeakingRequest,
    keyFrames: readonly KeyFrame[],
    spoken: SpokenFiles | null,
    context: FinishContext,
  ): Promise<{
    readonly video: string
    readonly thumbnail: string
    readonly words: string
    readonly dropped: readonly { readonly name: string; readonly why: string }[]
  }>
  /** Clips one after the other, without a gap, a jump of loudness or one of colour that was not in them. */
  join(clips: readonly string[], context: FinishContext): Promise<{ readonly video: string }>
  /** A silent film with the speech under it. */
  dub(video: string, speech: string, context: FinishContext): Promise<{ readonly video: string }>
  /** The picture with which a clip ends once it is joined, as a JPEG at `to`. */
  lastFrame(clip: string, to: string, signal: AbortSignal): Promise<void>
}
