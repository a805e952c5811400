/**
 * Cuts a timed script into captions. Every way of cutting is weighed (dynamic programming over the words) by what makes
 * captions hard to follow: a cut inside a clause, two sentences in one, a word on its own, one that is gone before it is
 * read, a pause in the middle. The weights only order these evils; limits are limits.
 */
import { isDense, splitGraphemes, textWidth } from './text-width.ts'
import type { TimedScript, TimedWord } from './time-script.ts'

/** One caption: one or two lines of whole words, shown from `startMs` until `endMs`. */
export interface Cue {
  readonly startMs: number
  readonly endMs: number
  readonly lines: readonly (readonly TimedWord[])[]
}

export interface CueLimits {
  /** Half squares a line (see textWidth): 42 is the usual for Latin letters. */
  readonly lineWidth: number
  readonly lines: 1 | 2
}

/** The BBC's and Netflix's guides agree on 42 Latin letters; for Japanese 16 squares or so, for Chinese 16-20. */
export const usualLimits: CueLimits = { lineWidth: 42, lines: 2 }
const denseLineWidth = 36

const longestMs = 7000
const shortestMs = 1000
/** A pause of this length parts captions; a shorter one only invites to. */
const longPauseMs = 1200
const pauseMs = 300
/** A caption that would be gone for less than this stays until the next: a flicker is worse. */
const closedGapMs = 200
/** Half squares a second that are read at ease; a caption stays for as long, if the next leaves it the time. */
const readingSpeed = 17

const sentenceEnd = /[.!?…。！？｡؟۔।॥։።፧။]["'”’»›)\]}」』】）\s]*$/u
const clauseEnd = /[,;:，、；：،؛፣፤—–·]["'”’»›)\]}」』】）\s]*$/u
/** 'Dr.', 'St.', 'J.' and the German '3.' of dates: with no pause after it, such a point ends no sentence. */
const abbreviated = /^[^\p{L}\p{N}]*(?:\p{N}+|\p{Lu}\p{L}{0,2})\.\s*$/u

function endsSentence(words: readonly TimedWord[], at: number): boolean {
  const [word, next] = [words[at]!, words[at + 1]]
  if (!sentenceEnd.test(word.text)) return false
  return !next || !abbreviated.test(word.text) || next.startMs - word.endMs >= pauseMs
}

/** 'of', 'the', 'an', 'zum': little words that belong to what follows. */
const littleWord = /^\p{L}{1,3}\s*$/u

/** @returns captions in order, none overlapping another, with every word of the script in them once. */
export function buildCues({ words, durationMs }: TimedScript, limits: CueLimits = usualLimits): readonly Cue[] {
  const dense = words.some(({ text }) => isDense(text))
  const lineWidth = dense
    ? Math.min(limits.lineWidth, Math.round((limits.lineWidth * denseLineWidth) / 42))
    : limits.lineWidth
  const shown = words.filter(({ text }) => text.trim() !== '').flatMap((word) => cutOverlong(word, lineWidth))
  const cues: { readonly words: readonly TimedWord[]; readonly lines: readonly (readonly TimedWord[])[] }[] = []
  for (const [from, to] of cheapestCuts(shown, { ...limits, lineWidth })) {
    const part = shown.slice(from, to)
    cues.push({ words: part, lines: breakLines(part, { ...limits, lineWidth })! })
  }
  return placeInTime(cues, durationMs)
}

/** Pairs [from, to) of the cheapest way to cut. */
function cheapestCuts(words: readonly TimedWord[], limits: CueLimits): readonly (readonly [number, number])[] {
  const cost = new Float64Array(words.length + 1).fill(Number.POSITIVE_INFINITY)
  const previous = new Int32Array(words.length + 1)
  const widths = words.map(({ text }) => textWidth(text))
  cost[0] = 0
  for (let from = 0; from < words.length; from++) {
    let width = 0
    for (let to = from + 1; to <= words.length; to++) {
      width += widths[to - 1]!
      if (to > from + 1 && !mayStayTogether(words, from, to, width, limits)) break
      if (!breakLines(words.slice(from, to), limits)) continue
      const whole = cost[from]! + costOf(words, from, to, width / (limits.lineWidth * limits.lines))
      if (whole < cost[to]!) [cost[to], previous[to]] = [whole, from]
    }
  }
  const cuts: [number, number][] = []
  for (let to = words.length; to > 0; to = previous[to]!) cuts.unshift([previous[to]!, to])
  return cuts
}

function mayStayTogether(
  words: readonly TimedWord[],
  from: number,
  to: number,
  width: number,
  { lineWidth, lines }: CueLimits,
): boolean {
  const [last, before] = [words[to - 1]!, words[to - 2]!]
  if (width > lineWidth * lines + lines || last.endMs - words[from]!.startMs > longestMs) return false
  return !before.text.includes('\n') && last.startMs - before.endMs < longPauseMs
}

function costOf(words: readonly TimedWord[], from: number, to: number, filled: number): number {
  const last = words[to - 1]!
  const next = words[to]
  let cost = 10 + 3 * (1 - filled) ** 2
  if (next && !endsSentence(words, to - 1) && !last.text.includes('\n')) {
    const pause = next.startMs - last.endMs
    cost += clauseEnd.test(last.text) ? 3 : pause >= pauseMs ? 5 : littleWord.test(last.text) ? 15 : 12
  }
  for (let i = from; i < to - 1; i++) {
    if (endsSentence(words, i)) cost += 14
    else if (words[i + 1]!.startMs - words[i]!.endMs >= pauseMs) cost += 2
  }
  const shownMs = (next?.startMs ?? last.endMs + shortestMs) - words[from]!.startMs
  if (shownMs < shortestMs) cost += 30 * (1 - shownMs / shortestMs)
  const startsSentence = from === 0 || endsSentence(words, from - 1)
  if (to - from === 1 && !(startsSentence && endsSentence(words, to - 1))) cost += 15
  return cost
}

/** One line, or the two most even ones with the break where the text itself has one; null when it fits in no way. */
function breakLines(
  words: readonly TimedWord[],
  { lineWidth, lines }: CueLimits,
): readonly (readonly TimedWord[])[] | null {
  const widthOf = (part: readonly TimedWord[]) =>
    textWidth(
      part
        .map(({ text }) => text)
        .join('')
        .trim(),
    )
  if (words.length === 1 || widthOf(words) <= lineWidth) return [words]
  if (lines === 1) return null
  let best: readonly (readonly TimedWord[])[] | null = null
  let least = Number.POSITIVE_INFINITY
  for (let at = 1; at < words.length; at++) {
    const [upper, lower] = [words.slice(0, at), words.slice(at)]
    const [above, below] = [widthOf(upper), widthOf(lower)]
    if (above > lineWidth || below > lineWidth) continue
    const end = upper.at(-1)!.text
    // A little more below than above reads as one picture; a mark is worth a third of a line.
    const uneven = Math.abs(above - below) + (above > below ? 2 : 0)
    const mark = endsSentence(words, at - 1) || clauseEnd.test(end)
    const cost = uneven + (mark ? -lineWidth / 3 : littleWord.test(end) ? lineWidth / 6 : 0)
    if (cost < least) [least, best] = [cost, [upper, lower]]
  }
  return best
}

/** A word wider than a line (an address, a German office) is cut between letters; its parts share its time. */
function cutOverlong(word: TimedWord, lineWidth: number): readonly TimedWord[] {
  if (textWidth(word.text.trim()) <= lineWidth) return [word]
  const parts: string[] = ['']
  for (const grapheme of splitGraphemes(word.text)) {
    if (textWidth((parts.at(-1)! + grapheme).trim()) > lineWidth) parts.push('')
    parts[parts.length - 1] += grapheme
  }
  const each = (word.endMs - word.startMs) / parts.length
  return parts.map((text, i) => ({
    text,
    startMs: Math.round(word.startMs + i * each),
    endMs: Math.round(word.startMs + (i + 1) * each),
  }))
}

function placeInTime(
  cues: readonly { readonly words: readonly TimedWord[]; readonly lines: Cue['lines'] }[],
  durationMs: number,
): readonly Cue[] {
  let free = 0
  return cues.map(({ words, lines }, i) => {
    const startMs = Math.max(free, words[0]!.startMs)
    const limit = cues[i + 1]?.words[0]?.startMs ?? durationMs
    const width = words.reduce((sum, { text }) => sum + textWidth(text), 0)
    const wanted = Math.max(words.at(-1)!.endMs, startMs + shortestMs, startMs + (width / readingSpeed) * 1000)
    const ended = Math.min(Math.round(wanted), limit)
    const endMs = Math.max(startMs + 1, limit - ended < closedGapMs ? limit : ended)
    free = endMs
    return { startMs, endMs, lines }
  })
}
