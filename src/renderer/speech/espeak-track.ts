import type { PhoneTiming, WordTiming } from '../ports.ts'
import type { EspeakSound, EspeakSpeech } from './espeak-messages.ts'
import type { EspeakText } from './espeak-text.ts'
import { isSpokenSymbol, readIpa } from './ipa-sounds.ts'
import type { SpokenPiece } from './join-sentences.ts'
import type { PieceEnd } from './split-sentences.ts'
import { isVowel } from './visemes.ts'
import { shareByLetters } from './word-times.ts'

/**
 * Events come late: over twelve voices the sound was 1 to 11 ms before them, and consonants between vowels began 5 to 10 ms before.
 */
const eventLagMs = 8
/** P, T and K are announced where they burst; the silence of the closure before them was 20 ms at twice the speed, 65 at half. */
const burstSounds = new Set(['p', 't', 'k', 'ch'])
const longestClosureMs = 90
/** Below this part of the piece's peak it is the closure. */
const silentBelow = 0.02

/** One symbol of the engine in our terms. */
interface Placed {
  readonly sounds: readonly string[]
  readonly stressed: boolean
  /** Place of its word in the piece. */
  readonly from: number
  startMs: number
}

/** Sound and events of one piece as phones and words that our lips know. Undefined when nothing of it is heard. */
export function toSpokenPiece(speech: EspeakSpeech, text: EspeakText, end: PieceEnd): SpokenPiece | undefined {
  const { samples, sampleRate } = speech
  const durationMs = (samples.length / sampleRate) * 1000
  const placed = placeSounds(speech.sounds, text.origin, durationMs)
  if (!placed.some(({ sounds }) => sounds.length > 0)) return undefined
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  const quiet = (ms: number) => isQuiet(speech, ms, silentBelow * peak)
  for (const [index, { sounds, startMs }] of placed.entries()) {
    const before = placed[index - 1]
    if (!burstSounds.has(sounds[0] ?? '') || !before || before.sounds.length === 0) continue
    // The sound before keeps at least its first half.
    const earliestMs = Math.max(startMs - longestClosureMs, (before.startMs + startMs) / 2)
    while (placed[index]!.startMs - 2 >= earliestMs && quiet(placed[index]!.startMs - 2)) placed[index]!.startMs -= 2
  }
  const phones: PhoneTiming[] = []
  const places: number[] = []
  for (const [index, { sounds, stressed, startMs, from }] of placed.entries()) {
    const endMs = placed[index + 1]?.startMs ?? durationMs
    const names = sounds.length === 0 ? ['pau'] : sounds
    let stressLeft = stressed
    for (const [part, phone] of names.entries()) {
      const share = (endMs - startMs) / names.length
      const span = {
        startMs: startMs + part * share,
        endMs: part === names.length - 1 ? endMs : startMs + (part + 1) * share,
      }
      phones.push(isVowel(phone) ? { phone, ...span, stressed: stressLeft } : { phone, ...span })
      places.push(sounds.length === 0 ? -1 : from)
      if (isVowel(phone)) stressLeft = false
    }
  }
  return { sampleRate, samples, phones, words: timeWords(phones, places, text), end }
}

/** Symbols with a time each, in order from 0 on; silences next to each other are one, marks lengthen what they follow. */
function placeSounds(sounds: readonly EspeakSound[], origin: readonly number[], durationMs: number): Placed[] {
  const placed: Placed[] = [{ sounds: [], stressed: false, from: 0, startMs: 0 }]
  for (const { symbol, atMs, character } of sounds) {
    if (symbol.startsWith('(')) continue
    const reading = isSpokenSymbol(symbol) ? readIpa(symbol).sounds : []
    const last = placed.at(-1)!
    if (reading.length === 0 && (symbol !== '' || last.sounds.length === 0)) continue
    const startMs = Math.min(durationMs, Math.max(last.startMs, atMs - eventLagMs))
    placed.push({ sounds: reading, stressed: symbol.includes('ˈ'), from: origin[character] ?? 0, startMs })
  }
  return placed
}

function isQuiet({ samples, sampleRate }: EspeakSpeech, ms: number, below: number): boolean {
  const from = Math.max(0, Math.round(((ms - 2) * sampleRate) / 1000))
  const to = Math.min(samples.length, Math.round(((ms + 2) * sampleRate) / 1000))
  for (let at = from; at < to; at++) if (Math.abs(samples[at]!) > below) return false
  return true
}

/**
 * The engine tells the word of each sound, but runs short words together ('tout le monde' is one to it): a word without sounds
 * of its own shares, by letters, those of the word before.
 */
function timeWords(
  phones: readonly PhoneTiming[],
  places: readonly number[],
  { words }: EspeakText,
): readonly WordTiming[] {
  const owner = (place: number) =>
    Math.max(
      0,
      words.findLastIndex(({ from }) => from <= place),
    )
  const phonesOf = new Map<number, PhoneTiming[]>()
  for (const [index, phone] of phones.entries()) {
    if (places[index] === -1) continue
    const word = owner(places[index]!)
    phonesOf.set(word, [...(phonesOf.get(word) ?? []), phone])
  }
  const timed: WordTiming[] = []
  const owners = [...phonesOf.keys()].sort((a, b) => a - b)
  for (const [index, first] of owners.entries()) {
    const group = words.slice(index === 0 ? 0 : first, owners[index + 1] ?? words.length)
    timed.push(
      ...shareByLetters(
        phonesOf.get(first)!,
        group.map(({ word }) => word),
      ),
    )
  }
  return timed
}
