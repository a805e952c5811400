import type { PhotoVerdict } from './face/judge-photo.ts'
import type { SpeakRequest } from './ports.ts'
import type { CrossingFailure } from './render-messages.ts'

/** What the analysis process can be asked to do. Plain JSON: it crosses a process border. */
export type AnalysisWork =
  | { readonly kind: 'warm' }
  | { readonly kind: 'check-photo'; readonly path: string; readonly face?: number }
  | ({ readonly kind: 'measure-speech' } & SpeechToMeasure)
  | ({ readonly kind: 'check-recording' } & RecordingToCheck)
  | { readonly kind: 'score-languages'; readonly text: string }
  | { readonly kind: 'speak-sample'; readonly voice: string }

export type SpeechToMeasure = Pick<SpeakRequest, 'text' | 'voice' | 'speed' | 'pitchSemitones'>

export interface RecordingToCheck {
  /** A mono 16-bit WAV. */
  readonly path: string
  readonly text: string
  /** The voice that it is compared with. */
  readonly voice: string
}

/** To the child: one piece of work at a time, or to break off the one that runs. */
export type AnalysisOrder = { readonly id: number; readonly work: AnalysisWork } | { readonly abort: number }

export type AnalysisOutcome =
  | { readonly kind: 'warm' }
  | { readonly kind: 'verdict'; readonly verdict: PhotoVerdict }
  | { readonly kind: 'speech'; readonly seconds: number }
  | { readonly kind: 'sample'; readonly wavBase64: string }
  | { readonly kind: 'recording-matches' }
  | { readonly kind: 'languages'; readonly scores: Readonly<Record<string, number>> }
  | { readonly kind: 'failure'; readonly failure: CrossingFailure }

/** From the child. */
export interface AnalysisReply {
  readonly id: number
  readonly outcome: AnalysisOutcome
  /** Resident memory of the child after the work, bytes. */
  readonly residentBytes: number
}
