/** When each character of a text is said, as a cloud voice tells it: made from the sounds of our own voice, whose times are true. */
import type { PhoneTiming, SpokenTrack } from '../src/renderer/ports.ts'

/** Three lists of one length, seconds; a character that nobody says shares the time between its neighbours. */
export interface ToldLetters {
  readonly characters: readonly string[]
  readonly startSeconds: readonly number[]
  readonly endSeconds: readonly number[]
}

/** The letters of a word share its sounds in order: the third of six letters ends with the second of four sounds and a third of the next. */
export function tellLetters(text: string, { words, phones, samples, sampleRate }: SpokenTrack): ToldLetters {
  const characters = [...text]
  const spans: ([startMs: number, endMs: number] | undefined)[] = characters.map(() => undefined)
  let cursor = 0
  for (const word of words) {
    const found = placesOf(characters, lettersOf(word.word), cursor)
    if (!found) continue
    const sounds = phones.filter(({ startMs, endMs }) => startMs >= word.startMs - 1 && endMs <= word.endMs + 1)
    const at = (letter: number) => momentOf(sounds, (letter / found.length) * sounds.length)
    for (const [letter, place] of found.entries()) spans[place] = [at(letter), at(letter + 1)]
    cursor = found.at(-1)! + 1
  }
  for (let place = 0; place < spans.length; place++) {
    if (spans[place]) continue
    const next = spans.findIndex((span, index) => index > place && span !== undefined)
    const until = next === -1 ? spans.length : next
    const from = spans[place - 1]?.[1] ?? 0
    const to = next === -1 ? (samples.length * 1000) / sampleRate : spans[next]![0]
    const share = (to - from) / (until - place)
    for (let i = place; i < until; i++) spans[i] = [from + (i - place) * share, from + (i - place + 1) * share]
  }
  return {
    characters,
    startSeconds: spans.map((span) => span![0] / 1000),
    endSeconds: spans.map((span) => span![1] / 1000),
  }
}

function momentOf(sounds: readonly PhoneTiming[], place: number): number {
  const sound = sounds[Math.min(sounds.length - 1, Math.floor(place))]!
  return sound.startMs + (sound.endMs - sound.startMs) * Math.min(1, place - sounds.indexOf(sound))
}

function lettersOf(text: string): readonly string[] {
  return [...text.normalize('NFKD').toLowerCase()].filter((letter) => /[\p{L}\p{N}]/u.test(letter))
}

/** The places of the next characters that are these letters, or null. */
function placesOf(characters: readonly string[], letters: readonly string[], from: number): readonly number[] | null {
  const places: number[] = []
  for (let at = from; at < characters.length && places.length < letters.length; at++) {
    if (lettersOf(characters[at]!)[0] === letters[places.length]) places.push(at)
  }
  return letters.length > 0 && places.length === letters.length ? places : null
}
