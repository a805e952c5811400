import { Failure } from '../../errors.ts'
import type { Speaker, SpeakRequest, SpokenTrack } from '../ports.ts'
import { createEspeakLink, type EspeakLink, espeakIsInstalled } from './espeak-link.ts'
import { toEspeakText, toReadText } from './espeak-text.ts'
import { toSpokenPiece } from './espeak-track.ts'
import { type EspeakVoice, espeakVoices } from './espeak-voices.ts'
import { loadJapaneseReading } from './japanese-reading.ts'
import { joinSentences, type SpokenPiece } from './join-sentences.ts'
import { requireReadableBy } from './readable-letters.ts'
import { shiftPitch } from './shift-pitch.ts'
import { cleanScript, notSpeakable } from './speakable.ts'
import { longestPieceOf, splitSentences } from './split-sentences.ts'
import { pitchRange, requireInRange, speedRange } from './voice-settings.ts'

/** Words a minute at speed 1. The engine's own 175 is hurried: 19 characters a second of English, flite's slt says 14. */
const naturalRate = 160

/**
 * The voices of eSpeak NG, where the optional package is installed; without it there are none. Formant synthesis: robotic, very
 * clear, about 300 x realtime. The engine runs in a process of its own (see espeak-child.ts).
 */
export function createEspeakSpeaker(): Speaker {
  const voices = espeakIsInstalled() ? espeakVoices : []
  const link = createEspeakLink()
  return {
    voices: voices.map(({ id, name, language, gender, engine }) => ({ id, name, language, gender, engine })),
    async speak(request) {
      const { speed, pitchSemitones, text } = request
      const voice = voices.find(({ id }) => id === request.voice) ?? voiceUnknown(request.voice)
      requireInRange('speed', speed, speedRange)
      requireInRange('pitch', pitchSemitones, pitchRange)
      const clean = cleanScript(text)
      requireReadableBy(voice, clean)
      return speakPieces(link, voice, clean, request)
    },
  }
}

async function speakPieces(
  link: EspeakLink,
  voice: EspeakVoice,
  clean: string,
  { speed, pitchSemitones, signal, onProgress }: SpeakRequest,
): Promise<SpokenTrack> {
  const pieces = splitSentences(clean, longestPieceOf(clean))
  const total = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const read = voice.language.startsWith('ja') ? await loadJapaneseReading() : null
  const spoken: SpokenPiece[] = []
  let done = 0
  for (const { text, end } of pieces) {
    signal?.throwIfAborted()
    const prepared = read ? toReadText(text, read) : toEspeakText(text, voice.language)
    const order = { text: prepared.text, voice: voice.engineName, rate: Math.round(naturalRate * speed) }
    const piece = toSpokenPiece(await link.speak(order, signal), prepared, end)
    // The engine's own pitch reaches only two thirds of an octave.
    if (piece) spoken.push({ ...piece, samples: shiftPitch(piece.samples, piece.sampleRate, pitchSemitones) })
    done += text.length
    onProgress?.(done, total)
  }
  if (spoken.length === 0) throw notSpeakable('Nothing of this script could be spoken.', 'Write at least one word.')
  return joinSentences(spoken, speed)
}

function voiceUnknown(id: string): never {
  throw new Failure('INVALID_REQUEST', {
    reason: 'voice-unknown',
    message: `There is no voice "${id}".`,
    hint: 'GET /api/v1/voices lists the voices there are.',
  })
}
