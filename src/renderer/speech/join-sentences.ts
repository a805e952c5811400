import type { PhoneTiming, SpokenTrack, WordTiming } from '../ports.ts'
import { fadeEdges, joinSamples } from './audio.ts'
import type { PieceEnd } from './split-sentences.ts'

/** One spoken piece; its phones start and end with 'pau', as flite makes them. */
export interface SpokenPiece extends SpokenTrack {
  readonly end: PieceEnd
}

/** The mouth needs stillness at both ends of a clip to open and to close in. */
export const leadInMs = 150
export const tailMs = 350
/** Pauses at the voice's own rate. Flite's own edges add up to 330 ms for slt and 440 ms for kal16. */
export const pauseMs: Readonly<Record<PieceEnd, number>> = { paragraph: 620, sentence: 380, clause: 170, space: 40 }
const fadeMs = 8

/**
 * Puts pieces one after the other. The silences at their edges are cut or filled up to the pause that belongs there, so
 * the joined phones have one 'pau' per join, are contiguous and end with the audio, to the sample.
 * @param speed divides the pauses, like everything else said
 */
export function joinSentences(pieces: readonly SpokenPiece[], speed: number): SpokenTrack {
  const sampleRate = pieces[0]!.sampleRate
  const toSamples = (ms: number) => Math.round((ms * sampleRate) / 1000)
  const toMs = (samples: number) => (samples * 1000) / sampleRate
  const sound: Int16Array[] = []
  const phones: PhoneTiming[] = []
  const words: WordTiming[] = []
  let at = 0
  let pauseStart = 0

  const addSilence = (samples: number) => {
    sound.push(new Int16Array(samples))
    at += samples
  }
  for (const [index, piece] of pieces.entries()) {
    const previous = pieces[index - 1]
    const wanted = previous ? toSamples(pauseMs[previous.end] / speed) : toSamples(leadInMs)
    const first = piece.phones.findIndex(({ phone }) => phone !== 'pau')
    const last = piece.phones.findLastIndex(({ phone }) => phone !== 'pau')
    const speechStart = toSamples(piece.phones[first]!.startMs)
    const speechEnd = Math.min(piece.samples.length, toSamples(piece.phones[last]!.endMs))
    // Keep some of the voice's own edges: breath-out after a word and the onset before one are heard as natural.
    const before = Math.min(speechStart, wanted - (at - pauseStart))
    const after = Math.min(piece.samples.length - speechEnd, toSamples(edgeAfterMs(piece.end, speed)))
    addSilence(wanted - (at - pauseStart) - before)
    const cut = piece.samples.slice(speechStart - before, speechEnd + after)
    fadeEdges(cut, Math.min(toSamples(fadeMs), Math.max(1, Math.min(before, after))))
    sound.push(cut)
    const shift = at - (speechStart - before)
    const place = (ms: number) => toMs(shift + Math.min(toSamples(ms), speechEnd))
    phones.push({ phone: 'pau', startMs: toMs(pauseStart), endMs: place(piece.phones[first]!.startMs) })
    for (const phone of piece.phones.slice(first, last + 1)) {
      phones.push({ ...phone, startMs: place(phone.startMs), endMs: place(phone.endMs) })
    }
    for (const word of piece.words) words.push({ ...word, startMs: place(word.startMs), endMs: place(word.endMs) })
    pauseStart = shift + speechEnd
    at += cut.length
  }
  addSilence(Math.max(0, toSamples(tailMs) - (at - pauseStart)))
  phones.push({ phone: 'pau', startMs: toMs(pauseStart), endMs: toMs(at) })
  return { sampleRate, samples: joinSamples(sound), phones, words }
}

/** At most half of the pause to come, and never more than the tail. */
function edgeAfterMs(end: PieceEnd, speed: number): number {
  return Math.min(tailMs, pauseMs[end] / speed / 2)
}
