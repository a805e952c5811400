import { sounding, splitWords } from './split-words.ts'

/** A word of the written script with its punctuation and white space, and when it is heard, ms from the clip's start. */
export interface TimedWord {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
}

/** A script laid along its speech. The `text`s joined are the script, to the character. */
export interface TimedScript {
  readonly words: readonly TimedWord[]
  readonly durationMs: number
}

/** A word as the voice tells it: what it calls the word, and when it said it. */
export interface SpokenWord {
  readonly word: string
  readonly startMs: number
  readonly endMs: number
}

/** How many letters of the script may lie between two spoken words that are found again: about two sentences. */
const farthestJump = 200

/**
 * Shows the written script, not what a voice made of it ("$5" is not "five dollars"): the voice's words are found again in
 * the script letter by letter, and what has no time of its own (a word read otherwise, an emoji) shares the time between
 * its neighbours. So nothing written is lost, whatever the voice calls its words.
 */
export function timeScript(script: string, spoken: readonly SpokenWord[], durationMs: number): TimedScript {
  const texts = splitWords(script)
  const letters = texts.flatMap((text, word) => soundsOf(text).map((letter) => ({ letter, word })))
  const spans: ({ startMs: number; endMs: number } | undefined)[] = texts.map(() => undefined)
  let cursor = 0
  for (const { word, startMs, endMs } of spoken) {
    const sounds = soundsOf(word)
    const found = sounds.length > 0 ? findSounds(letters, sounds, cursor) : -1
    if (found === -1) continue
    for (let i = 0; i < sounds.length; i++) {
      const at = letters[found + i]!.word
      const from = startMs + ((endMs - startMs) * i) / sounds.length
      const to = startMs + ((endMs - startMs) * (i + 1)) / sounds.length
      spans[at] = { startMs: spans[at]?.startMs ?? from, endMs: to }
    }
    cursor = found + sounds.length
  }
  const words = shareGaps(texts, spans, durationMs).map(({ text, startMs, endMs }) => ({
    text,
    startMs: Math.round(startMs),
    endMs: Math.round(endMs),
  }))
  return { words, durationMs: Math.round(durationMs) }
}

function soundsOf(text: string): readonly string[] {
  return [...text.normalize('NFKD').toLowerCase()].filter((letter) => sounding.test(letter))
}

/** Right at the cursor, else at the next place where a written word begins; -1 where neither fits. */
function findSounds(
  letters: readonly { readonly letter: string; readonly word: number }[],
  sounds: readonly string[],
  cursor: number,
): number {
  const last = Math.min(letters.length - sounds.length, cursor + farthestJump)
  for (let at = cursor; at <= last; at++) {
    if (at > cursor && letters[at]!.word === letters[at - 1]!.word) continue
    if (sounds.every((sound, i) => letters[at + i]!.letter === sound)) return at
  }
  return -1
}

function shareGaps(
  texts: readonly string[],
  spans: readonly ({ readonly startMs: number; readonly endMs: number } | undefined)[],
  durationMs: number,
): readonly TimedWord[] {
  const words: TimedWord[] = []
  for (let at = 0; at < texts.length; ) {
    const before = words.at(-1)?.endMs ?? 0
    const span = spans[at]
    if (span) {
      const startMs = Math.max(before, span.startMs)
      words.push({ text: texts[at]!, startMs, endMs: Math.max(startMs, span.endMs) })
      at++
      continue
    }
    const gap = texts.slice(at, nextTimed(spans, at))
    const after = Math.max(before, spans[at + gap.length]?.startMs ?? durationMs)
    const weights = gap.map((text) => soundsOf(text).length)
    const whole = weights.reduce((sum, weight) => sum + weight, 0) || 1
    let spent = 0
    for (const [i, text] of gap.entries()) {
      const startMs = before + ((after - before) * spent) / whole
      spent += weights[i]!
      words.push({ text, startMs, endMs: before + ((after - before) * spent) / whole })
    }
    at += gap.length
  }
  return words
}

function nextTimed(spans: readonly unknown[], from: number): number {
  const next = spans.findIndex((span, i) => i >= from && span !== undefined)
  return next === -1 ? spans.length : next
}
