import { Failure } from '../../errors.ts'
import type { SpokenTrack } from '../ports.ts'
import type { Sound } from './audio.ts'
import { bandAround, type Silences, type Walk, walkTogether, wholeBand } from './dtw.ts'
import { layOver } from './lay-over.ts'
import {
  backwards,
  coarsen,
  type Features,
  frameMs,
  measureNoise,
  measureSpectra,
  percentile,
  toFeatures,
} from './mfcc.ts'
import { pausesOf, silencesOf } from './silences.ts'
import { findSpeech } from './speech-span.ts'

/** Throats differ by up to a quarter; the nearest of these is near enough. */
export const stretches = [0.78, 0.88, 1, 1.13, 1.28]
/** What tells the sounds of speech apart lies below, stretched or not. */
export const usefulHz = 5_500
const coarseFactor = 8
const reachFrames = 40
/** Silence kept around the speech, as the reference has it. */
const leadMs = 200
const tailMs = 300
/**
 * The walk's cost against that of the reference played backwards, which is as much speech by the same voice in the same
 * noise. Over some 1500 pairs of three voices, clean, at 20 and 10 dB, with pauses: the same words 0.60-0.88, other words
 * 0.90-1.04; a person's voice 0.78 and 0.99. Below a second and a half single words reach 0.95 in noise.
 */
const mostLikeness = 0.89
const mostLikenessShort = 0.96
const shortFrames = 150
/** Words laid over less than this share of the usual time were not said. None of 2000 words of matching pairs was. */
const squashedShare = 0.35
const mostSquashed = 0.1

/** What is known of a pair before it is accepted; for tests and the bench. */
export interface Comparison {
  readonly track: SpokenTrack
  /** Below 0.9 the same words, about 1 others. */
  readonly likeness: number
  /** Factor from the reference's resonances to the recording's. */
  readonly stretch: number
}

/**
 * Lays the sounds and words of a reference voice over a recording of the same script, by dynamic time warping.
 * @param reference the script, spoken by any voice of its language
 * @param recording mono, 8 kHz or more
 * @returns the recording with the reference's phones and words at its own times: phones contiguous from 0 to its end
 * @throws Failure `INVALID_REQUEST` with reason `recording-silent` or `recording-does-not-match` (extra: `missing_words`)
 */
export function alignRecording(reference: SpokenTrack, recording: Sound): SpokenTrack {
  const { track, likeness } = compareRecording(reference, recording)
  const isShort = reference.samples.length / reference.sampleRate < (shortFrames * frameMs) / 1000
  if (!(likeness <= (isShort ? mostLikenessShort : mostLikeness))) {
    throw mismatch('Something else is said in the recording than in the script.')
  }
  const missing = squashedWords(reference, track)
  if (missing.length > 1 && missing.length > mostSquashed * track.words.length) {
    throw mismatch(`The recording leaves out words of the script, such as "${missing.slice(0, 5).join(' ')}".`, missing)
  }
  return track
}

/** As `alignRecording`, without judging. @throws Failure `recording-silent`. */
export function compareRecording(reference: SpokenTrack, recording: Sound): Comparison {
  const span = findSpeech(recording)
  if (!span) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'recording-silent',
      message: 'Nothing is said in the recording.',
      hint: 'Record again, nearer to the microphone, and listen to the file before you send it.',
    })
  }
  const fromMs = Math.max(0, Math.floor((span.startMs - leadMs) / frameMs) * frameMs)
  const theirs = measureSpectra(cut(recording, fromMs, span.endMs + tailMs))
  const ours = measureSpectra(reference)
  const nyquist = Math.min(recording.sampleRate, reference.sampleRate) / 2
  const highestHz = Math.min(usefulHz, nyquist / stretches.at(-1)!)
  const noise = measureNoise(theirs, highestHz)
  const a = toFeatures(ours, { highestHz, stretch: 1, noise })
  const silences = { reference: pausesOf(reference, ours.count), recording: silencesOf(theirs) }
  let best: { stretch: number; b: Features; coarse: Walk } | undefined
  const coarseA = coarsen(a, coarseFactor)
  for (const stretch of stretches) {
    const b = toFeatures(theirs, { highestHz, stretch })
    const coarse = walkCoarsely(coarseA, b, silences)
    if (!best || coarse.cost < best.coarse.cost) best = { stretch, b, coarse }
  }
  const { stretch, b, coarse } = best!
  const walk = walkTogether(a, b, bandAround(coarse, coarseFactor, reachFrames, a, b), silences)
  const turned = backwards(a)
  const turnedSilences = { reference: silences.reference.toReversed(), recording: silences.recording }
  const control = walkTogether(
    turned,
    b,
    bandAround(walkCoarsely(coarsen(turned, coarseFactor), b, turnedSilences), coarseFactor, reachFrames, turned, b),
    turnedSilences,
  )
  return {
    track: layOver(reference, recording, { walk, silences, fromMs }),
    likeness: walk.cost / control.cost,
    stretch,
  }
}

function cut({ sampleRate, samples }: Sound, fromMs: number, toMs: number): Sound {
  const at = (ms: number) => Math.round((ms * sampleRate) / 1000)
  return { sampleRate, samples: samples.subarray(at(fromMs), at(toMs)) }
}

function walkCoarsely(coarseA: Features, b: Features, silences: Silences): Walk {
  const coarseB = coarsen(b, coarseFactor)
  return walkTogether(coarseA, coarseB, wholeBand(coarseA, coarseB), coarsenSilences(silences))
}

function coarsenSilences({ reference, recording }: Silences): Silences {
  const group = (values: Uint8Array, combine: (group: Uint8Array) => boolean) =>
    Uint8Array.from({ length: Math.ceil(values.length / coarseFactor) }, (_, i) =>
      combine(values.subarray(i * coarseFactor, (i + 1) * coarseFactor)) ? 1 : 0,
    )
  return {
    reference: group(reference, (values) => values.some((value) => value === 1)),
    recording: group(recording, (values) => values.every((value) => value === 1)),
  }
}

function squashedWords(reference: SpokenTrack, track: SpokenTrack): readonly string[] {
  const paces = track.words.map(({ startMs, endMs }, index) => {
    const ours = reference.words[index]!
    return (endMs - startMs) / Math.max(1, ours.endMs - ours.startMs)
  })
  // Half the words may be missing; those that are there show the pace.
  const usual = percentile(Float32Array.from(paces), 0.75)
  return track.words.filter((_, index) => paces[index]! < squashedShare * usual).map(({ word }) => word)
}

function mismatch(message: string, missing: readonly string[] = []): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'recording-does-not-match',
    message,
    hint: 'Send the script word for word as it is said in the recording, and a recording without music or other voices.',
    ...(missing.length > 0 ? { extra: { missing_words: missing.slice(0, 20) } } : {}),
  })
}
