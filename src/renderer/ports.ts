/**
 * The shapes that the parts of the local engine hand to each other, in the order data flows:
 * script -> SpokenTrack (speech/) -> LipTrack (speech/) ; photo -> Face (face/) ; both -> frames (picture/) -> Encoder -> MP4.
 * Speaker, LipTiming and Encoder are ports: a cloud voice, a Piper folder or another encoder fits in without touching the rest.
 */

/** One sound with its place in the audio. `phone` is a lower-case CMU/ARPAbet symbol as flite prints it ('aa', 'b', 'pau' for silence). */
export interface PhoneTiming {
  readonly phone: string
  readonly startMs: number
  readonly endMs: number
  /** True for the vowel of a stressed syllable, where the engine tells it. */
  readonly stressed?: boolean
}

export interface WordTiming {
  readonly word: string
  readonly startMs: number
  readonly endMs: number
}

/** Mono 16-bit speech with the time of every sound. Phones are contiguous, start at 0 and end at the audio's end. */
export interface SpokenTrack {
  readonly sampleRate: number
  readonly samples: Int16Array
  readonly phones: readonly PhoneTiming[]
  readonly words: readonly WordTiming[]
}

export interface Voice {
  /** Stable public id, e.g. 'en-us-slt'. */
  readonly id: string
  readonly name: string
  /** BCP 47, e.g. 'en-US'. */
  readonly language: string
  readonly gender: 'female' | 'male'
  /** What makes its sound. */
  readonly engine: 'flite' | 'espeak'
}

export interface SpeakRequest {
  readonly text: string
  /** A Voice id. */
  readonly voice: string
  /** 1 is the voice's own rate; 0.5 half as fast, 2 twice as fast. */
  readonly speed: number
  /** Shift in semitones; 0 leaves the voice alone. */
  readonly pitchSemitones: number
  readonly signal?: AbortSignal
  /** Called after each sentence with characters spoken so far and in all. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface Speaker {
  readonly voices: readonly Voice[]
  /**
   * Speaks sentence by sentence, so memory stays flat for long scripts.
   * @throws Failure `INVALID_REQUEST` with reason `script-not-speakable` when nothing of it can be spoken, `voice-unknown` for a voice it does not have.
   */
  speak(request: SpeakRequest): Promise<SpokenTrack>
}

/** What the mouth does, sampled at `rateHz`. Every array has `length` entries. */
export interface LipTrack {
  readonly rateHz: number
  readonly length: number
  /** Gap between the lips in mouth units S (local unit: mean of mouth width and 0.82 x eye distance), 0 to about 0.34. */
  readonly aperture: Float32Array
  /** Corner spread (+1 as in 'ee') or narrowing (-1). */
  readonly width: Float32Array
  /** Lip rounding and thickening, 0..1 ('oo' = 1). */
  readonly rounding: Float32Array
  /** Upper lip lift, 0..1. */
  readonly upperRaise: Float32Array
  /** Lips pressed and thinned, 0..1 (P, B, M). */
  readonly press: Float32Array
  /** Lower lip tucked under the upper teeth, 0..1 (F, V). */
  readonly tuck: Float32Array
  /** Tongue height, 0..1. */
  readonly tongue: Float32Array
  /** Times (ms) of stressed syllables, for nods. */
  readonly stressesMs: readonly number[]
}

/** Turns timed sounds and their loudness into mouth movement. */
export type LipTiming = (track: SpokenTrack) => LipTrack

/** Packed 8-bit sRGB, row-major, 3 bytes a pixel, no padding. */
export interface RgbImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A face found in an image: MediaPipe's 468-point mesh. Lengths are pixels of that image. */
export interface Face {
  readonly box: Box
  /** Detector confidence, 0..1. */
  readonly score: number
  /** The mesh model's own belief that this is a face seen from the front, 0..1. */
  readonly flag: number
  /** 468 x (x, y, z); z on the scale of x, smaller is nearer. */
  readonly points: Float32Array
  /** Head turned to the side, degrees; 0 looks at the camera. */
  readonly yawDegrees: number
  /** Head tilted towards a shoulder, degrees, -180..180; beyond +-90 it is upside down. */
  readonly rollDegrees: number
  /** Distance between the mouth corners. */
  readonly mouthWidth: number
}

export interface FaceFinder {
  /** All faces, largest x score first; that order is the public `face` index. */
  find(image: RgbImage): Promise<readonly Face[]>
}

export interface EncodeRequest {
  readonly width: number
  readonly height: number
  readonly fps: number
  /** Upper bound of the video bit rate; quality decides below it. */
  readonly maxKilobitsPerSecond: number
  readonly audioPath: string
  readonly outputPath: string
  /** Written into the container, e.g. { comment: '...' }. */
  readonly metadata: Readonly<Record<string, string>>
}

/** Takes YUV420 (planar, bt709 limited range) frames in order and leaves a faststart H.264/AAC MP4. */
export interface FrameSink {
  /** Resolves when the buffer may be written to again. */
  write(frame: Uint8Array): Promise<void>
  /** Ends the stream and resolves when the file is whole. Throws Failure with the encoder's last words when it is not. */
  finish(): Promise<void>
  /** Stops at once. The partial file is the caller's to remove. */
  abort(): void
}

export type Encoder = (request: EncodeRequest) => FrameSink

export type RenderStage = 'speech' | 'face' | 'frames' | 'encode'

/** All a render needs, as plain JSON: it crosses a process border. Paths are absolute. */
export interface RenderJob {
  readonly photoPath: string
  /** Index in FaceFinder order. */
  readonly face: number
  /** That face's mesh (packMesh) where it is known; without it, or when it is not of this photo, the face is looked for. */
  readonly faceMesh?: string | null
  readonly script: string
  /** The script as somebody recorded it, a mono 16-bit WAV; the voice then only tells the times of its sounds. */
  readonly recordingPath?: string
  /** When each character of the script is said in the recording, as JSON (CharacterTimes), where a cloud voice told it. */
  readonly charactersPath?: string
  /** Pictures of the same face with other mouths, whose lips and insides take the place of painted ones. */
  readonly keyFrames?: readonly { readonly shape: string; readonly path: string }[]
  readonly voice: string
  readonly speed: number
  readonly pitchSemitones: number
  /** False: the face lives (blinks, sways) but the mouth rests. */
  readonly lipSync: boolean
  /** 0..1; scales mouth travel a little and head, brow and blink life a lot. 0 keeps the head still. */
  readonly animationStrength: number
  readonly audioEnhancement: boolean
  /** Whether the script is written into the picture as it is spoken. */
  readonly burnSubtitles: boolean
  /** BCP 47 language of the script. */
  readonly language: string
  /** Pixels of the short side, e.g. 720. */
  readonly shortSide: number
  readonly fps: number
  readonly maxKilobitsPerSecond: number
  /** Width / height asked for, or null for the photo's own. */
  readonly aspectRatio: number | null
  /** Longest speech allowed. */
  readonly maxSeconds: number
  /** Makes blinks and sway repeatable. */
  readonly seed: number
  readonly outputPath: string
  readonly thumbnailPath: string
  /** Where the script with the time of every word goes, as JSON (captions/time-script.ts says its shape). */
  readonly wordsPath: string
  /** An empty directory for the render alone; the caller removes it. */
  readonly tempDir: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The speech of a job alone: the sound that its film would have, and when each word is said. */
export type SpeakJob = Pick<
  RenderJob,
  | 'script'
  | 'recordingPath'
  | 'charactersPath'
  | 'voice'
  | 'speed'
  | 'pitchSemitones'
  | 'audioEnhancement'
  | 'maxSeconds'
  | 'wordsPath'
> & {
  /** Where the speech goes, as a mono 16-bit WAV. */
  readonly speechPath: string
}

export interface SpeakResult {
  readonly seconds: number
}

export interface RenderProgress {
  readonly stage: RenderStage
  readonly done: number
  readonly total: number
}

export interface RenderResult {
  readonly seconds: number
  readonly speechSeconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly frames: number
  readonly voice: string
  readonly seed: number
  /** How the picture was framed: 'photo' (own aspect), 'crop' or 'extend'. */
  readonly framing: 'photo' | 'crop' | 'extend'
  /** Output pixels per photo pixel; above 1 the photo was enlarged. */
  readonly enlargement: number
  /** What became of the job's key frames; absent where it had none. */
  readonly keyFrames?: {
    readonly used: readonly string[]
    readonly dropped: readonly { readonly shape: string; readonly why: string }[]
  }
  /** Milliseconds per stage, for the bench and the trace. */
  readonly timingsMs: Readonly<Record<string, number>>
}
