import { setImmediate } from 'node:timers/promises'
import { Failure } from '../../errors.ts'
import type { PhoneTiming, Speaker, SpeakRequest, SpokenTrack, Voice } from '../ports.ts'
import { decodeWav } from './audio.ts'
import { type Flite, loadFlite } from './flite-wasi.ts'
import { joinSentences, type SpokenPiece } from './join-sentences.ts'
import { bareWord, isHeard, type PreparedPiece, prepareScript } from './prepare-script.ts'
import { shiftPitch } from './shift-pitch.ts'
import { notSpeakable } from './speakable.ts'
import { pitchRange, requireInRange, speedRange } from './voice-settings.ts'
import { readGuides, type WordGuide } from './word-guide.ts'
import { alignWords, shareByLetters } from './word-times.ts'

/**
 * The built-in English voices: CMU Flite in WebAssembly. slt, rms and awb are statistical (16 kHz, about 50 x realtime),
 * kal16 is a diphone voice (about 300 x). All read with the American lexicon; awb's speaker is a Scot, so its accent is
 * Scottish in sound but American in its choice of sounds.
 */
interface FliteVoice extends Voice {
  readonly engineName: string
  /** The voice's own `duration_stretch`, which `speed` divides. */
  readonly stretch: number
  /** False where the engine ignores `f0_shift`; then the sound itself is moved. */
  readonly shiftsPitch: boolean
}

const fliteVoices: readonly FliteVoice[] = [
  {
    id: 'en-us-slt',
    name: 'Susan',
    language: 'en-US',
    gender: 'female',
    engine: 'flite',
    engineName: 'slt',
    stretch: 1,
    shiftsPitch: true,
  },
  {
    id: 'en-us-rms',
    name: 'Ross',
    language: 'en-US',
    gender: 'male',
    engine: 'flite',
    engineName: 'rms',
    stretch: 1,
    shiftsPitch: false,
  },
  {
    id: 'en-gb-awb',
    name: 'Alan (Scottish)',
    language: 'en-GB',
    gender: 'male',
    engine: 'flite',
    engineName: 'awb',
    stretch: 1,
    shiftsPitch: true,
  },
  {
    id: 'en-us-kal16',
    name: 'Kal (robotic)',
    language: 'en-US',
    gender: 'male',
    engine: 'flite',
    engineName: 'kal16',
    stretch: 1.1,
    shiftsPitch: true,
  },
]

/** The engine is compiled at the first use and shared by all calls of this speaker. */
export function createFliteSpeaker(): Speaker {
  let engine: Promise<Flite> | undefined
  const load = () => {
    engine ??= loadFlite()
    return engine
  }
  return {
    voices: fliteVoices.map(({ id, name, language, gender, engine }) => ({ id, name, language, gender, engine })),
    async speak(request) {
      const voice = requireVoice(request)
      const pieces = prepareScript(request.text)
      return speakPieces(await load(), voice, pieces, request)
    },
  }
}

function requireVoice({ voice: id, speed, pitchSemitones }: SpeakRequest): FliteVoice {
  const voice = fliteVoices.find((candidate) => candidate.id === id)
  if (!voice) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'voice-unknown',
      message: `There is no voice "${id}".`,
      hint: `Choose one of: ${fliteVoices.map((known) => known.id).join(', ')}.`,
    })
  }
  requireInRange('speed', speed, speedRange)
  requireInRange('pitch', pitchSemitones, pitchRange)
  return voice
}

async function speakPieces(
  flite: Flite,
  voice: FliteVoice,
  pieces: readonly PreparedPiece[],
  { speed, pitchSemitones, signal, onProgress }: SpeakRequest,
): Promise<SpokenTrack> {
  signal?.throwIfAborted()
  const settings = [
    ['-voice', voice.engineName],
    ['--setf', `duration_stretch=${(voice.stretch / speed).toFixed(4)}`],
    ['--setf', `f0_shift=${(2 ** (pitchSemitones / 12)).toFixed(5)}`],
  ].flat()
  const total = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const guides = readGuides(flite, pieces)
  const spoken: SpokenPiece[] = []
  let done = 0
  for (const [index, piece] of pieces.entries()) {
    // Synthesis is synchronous: step back so that an abort, a timer or a message can come through.
    await setImmediate()
    signal?.throwIfAborted()
    const result = speakPiece(flite, settings, piece, guides[index])
    if (result) {
      const shift = voice.shiftsPitch ? 0 : pitchSemitones
      spoken.push({ ...result, samples: shiftPitch(result.samples, result.sampleRate, shift) })
    }
    done += piece.text.length
    onProgress?.(done, total)
  }
  if (spoken.length === 0) {
    throw notSpeakable('Nothing of this script could be spoken.', 'Write at least one English word.')
  }
  return joinSentences(spoken, speed)
}

function speakPiece(
  flite: Flite,
  settings: readonly string[],
  piece: PreparedPiece,
  guide: WordGuide | undefined,
): SpokenPiece | undefined {
  const spoken = piece.tokens.map((token) => token.spoken).join(' ')
  // The text is an argument of its own after -t and the mode is plain, so neither options nor SSML can hide in it.
  const { stdout, file } = flite([...settings, '-psdur', '-o', 'speech.wav', '-t', spoken])
  const sound = decodeWav(file)
  const phones = parsePhones(stdout, (sound.samples.length / sound.sampleRate) * 1000)
  // What flite cannot read is 0.18 s of silence to it, not an error.
  if (!phones.some(({ phone }) => phone !== 'pau')) return undefined
  const words = piece.tokens.filter(isHeard).map(({ written }) => bareWord(written))
  const timed = guide ? alignWords(phones, words, guide) : { phones, words: shareByLetters(phones, words) }
  return { ...sound, ...timed, end: piece.end }
}

/** 'pau:0.164 hh:0.255 ax:0.304 ...': each sound with its end in seconds; the last ends with the audio. */
function parsePhones(line: string, audioMs: number): readonly PhoneTiming[] {
  const entries = line
    .trim()
    .split(/\s+/)
    .filter((entry) => entry.includes(':'))
  const phones: PhoneTiming[] = []
  for (const [index, entry] of entries.entries()) {
    const colon = entry.lastIndexOf(':')
    const startMs = phones.at(-1)?.endMs ?? 0
    const endMs = index === entries.length - 1 ? audioMs : Math.min(audioMs, Number(entry.slice(colon + 1)) * 1000)
    phones.push({ phone: entry.slice(0, colon), startMs, endMs: Math.max(startMs, endMs) })
  }
  return phones
}
