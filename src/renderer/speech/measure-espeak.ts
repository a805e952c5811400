import type { EspeakVoice } from './espeak-voices.ts'
import { leadInMs, tailMs } from './join-sentences.ts'
import type { SpeechEstimate } from './measure-speech.ts'
import { requireReadableBy } from './readable-letters.ts'
import { cleanScript } from './speakable.ts'
import { requireInRange, speedRange } from './voice-settings.ts'

/**
 * Formant synthesis is regular: with one rate a language, the lengths of 2432 paragraphs (the Universal Declaration of Human Rights in
 * 96 languages, 0.5 to 60 s) were all within this band of the estimate, relative: a part that stays and one that averages out.
 */
const lastingError = 0.1
const averagingError = 0.4
/** What a sentence's end costs beyond its characters: texts of short sentences were 12 % longer than by characters alone. */
const secondsPerJoin = 0.2
/** A digit is read as a word; how long that is differs, so texts of digits have a wider band. */
const charactersPerDigit = 5
const digitError = 0.5
/** A kanji sounds like so many kana, between one and four; only Japanese has a rate in kana. */
const kanaPerKanji = 1.9
const kanjiError = 0.25

/** @throws Failure `INVALID_REQUEST` with reason `script-not-speakable` or `speed-out-of-range`. */
export function estimateEspeakSeconds(text: string, voice: EspeakVoice, speed: number): SpeechEstimate {
  requireInRange('speed', speed, speedRange)
  const clean = cleanScript(text)
  requireReadableBy(voice, clean)
  const digits = (clean.match(/\p{Nd}/gu)?.length ?? 0) * charactersPerDigit
  const kanji = voice.language.startsWith('ja') ? (clean.match(/\p{Script=Han}/gu)?.length ?? 0) : 0
  const characters = clean.replace(/\p{Nd}/gu, '').length + digits + kanji * (kanaPerKanji - 1)
  const edges = (leadInMs + tailMs) / 1000
  const joins = clean.match(/[.!?。！？।؟:;]["')\]]*(?=\s*\S)|\n/gu)?.length ?? 0
  const natural = characters / voice.charactersPerSecond + joins * secondsPerJoin
  const seconds = edges + natural / speed
  const odd = (digitError * digits + kanjiError * kanaPerKanji * kanji) / characters
  const band = lastingError + averagingError / Math.sqrt(edges + natural) + odd
  return { seconds, low: Math.max(edges, seconds * (1 - band)), high: seconds * (1 + band) }
}
