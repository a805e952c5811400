/**
 * A script as the smallest pieces between which it may be cut, each with what it takes to say. A piece is a word; where a
 * writing system sets no blanks, a word as the Unicode dictionaries have it; and a letter where even a word is too long for a clip.
 */

export interface TextPiece {
  /** Where in the script, `to` not included; blanks around it belong to none. */
  readonly from: number
  readonly to: number
  readonly seconds: number
  /** Silence that a speaker makes after it. */
  readonly pause: number
  /** What ends with it. */
  readonly end: 'sentence' | 'pause' | 'word' | 'letter'
}

/** How long signs take to say, as Latin letters go: a Chinese one is a syllable, a digit is a word. */
const weights: readonly (readonly [signs: RegExp, weight: number])[] = [
  [/\p{Script=Han}/u, 3],
  [/\p{Script=Hangul}/u, 2.5],
  [/[\p{Script=Hiragana}\p{Script=Katakana}ー]/u, 1.8],
  [/\p{N}/u, 4],
  [/[$€£¥₹%&@+=#]/u, 5],
  [/\p{L}/u, 1],
]
const blankWeight = 1
/** After a sentence a speaker takes a breath; at a comma half of one. */
const pauseWeights = { sentence: 6, pause: 3, word: 0, letter: 0 } as const

/** No blanks stand between their words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

const closers = '["\'\u2019\u201d\u00bb\u203a\u300d\u300f\uff09)\\]]*'
/** Full stops that need a blank after them, and those that do not. */
const sentenceEnd = new RegExp(
  `[.!?\u2026\u061f\u06d4\u0964\u0965\u0589\u1362\u3002\uff01\uff1f\uff0e]${closers}$`,
  'u',
)
const unspacedSentenceEnd = new RegExp(`[\u3002\uff01\uff1f]${closers}$`, 'u')
const pauseEnd = new RegExp(`[,;:\u2013\u2014\u060c\u061b\u3001\uff0c\uff1b\uff1a]${closers}$`, 'u')
/** A full stop after one of these, or after a single letter, ends no sentence. */
const abbreviation =
  /^["'(\u201c\u2018]*(?:\p{L}|dr|mr|mrs|ms|prof|st|sr|jr|vs|no|nr|fig|gen|sen|rep|hon|capt|col|lt|sgt|rev|approx|dept|est|inc|ltd|mt|z\.b|d\.h|u\.a|e\.g|i\.e|a\.m|p\.m|u\.s|bzw|ca|bspw|sra|mme|mlle|ing|dott|sig)\.$/iu

interface Part {
  readonly from: number
  readonly text: string
}

/** @param speechSeconds of all of it; the pieces and the pauses between them take as long together */
export function splitForClips(
  script: string,
  { speechSeconds, room }: { readonly speechSeconds: number; readonly room: number },
): readonly TextPiece[] {
  const words = [...script.matchAll(/\S+/g)].map(({ index, 0: text }) => ({ from: index, text }))
  const parts = words.flatMap((word, at) => {
    const after = words[at + 1]
    const between = after ? script.slice(word.from + word.text.length, after.from) : ''
    const end = endOf(word.text, after?.text, between)
    const within = unspaced.test(word.text) ? unspacedWords(word) : [word]
    return within.map((part, index) => {
      const isLast = index === within.length - 1
      return { ...part, end: isLast ? end : endWithin(part.text), isWordEnd: isLast }
    })
  })
  const weighed = parts.map((part) => ({
    ...part,
    weight: weightOf(part.text),
    pauseWeight: pauseWeights[part.end] + (part.isWordEnd ? blankWeight : 0),
  }))
  const total = weighed.reduce((sum, { weight, pauseWeight }) => sum + weight + pauseWeight, 0)
  const unit = speechSeconds / Math.max(1, total - (weighed.at(-1)?.pauseWeight ?? 0))
  return weighed.flatMap(({ from, text, end, weight, pauseWeight }) => {
    const seconds = weight * unit
    const piece = { from, to: from + text.length, seconds, pause: pauseWeight * unit, end }
    return seconds <= room ? [piece] : letters(piece, text)
  })
}

function weightOf(text: string): number {
  let sum = 0
  for (const sign of text) sum += weights.find(([signs]) => signs.test(sign))?.[1] ?? 0.2
  return sum
}

function endOf(word: string, after: string | undefined, between: string): TextPiece['end'] {
  if (between.includes('\n')) return 'sentence'
  if (sentenceEnd.test(word)) {
    const goesOn = after !== undefined && /^\p{Ll}/u.test(after) && word.includes('.')
    return goesOn || abbreviation.test(word) ? 'word' : 'sentence'
  }
  return pauseEnd.test(word) || /^[\u2013\u2014-]$/.test(word) ? 'pause' : 'word'
}

/** Of a part in a run without blanks. */
function endWithin(text: string): TextPiece['end'] {
  return unspacedSentenceEnd.test(text) ? 'sentence' : pauseEnd.test(text) ? 'pause' : 'word'
}

/** Signs that are no word belong to the one before them, opening ones to the one after: no clip begins with a full stop. */
function unspacedWords({ from, text }: Part): readonly Part[] {
  const found: { from: number; text: string }[] = []
  let isOpen = true
  for (const { index, segment, isWordLike } of new Intl.Segmenter('en', { granularity: 'word' }).segment(text)) {
    const isOpening = /^[\p{Ps}\p{Pi}]/u.test(segment)
    const last = found.at(-1)
    if (last && (isOpen || !(isWordLike || isOpening))) last.text += segment
    else found.push({ from: from + index, text: segment })
    isOpen = !isWordLike && (isOpening || found.length === 1)
  }
  return found
}

function letters(piece: TextPiece, text: string): readonly TextPiece[] {
  const all = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)]
  return all.map(({ index, segment }, at) => {
    const isLast = at === all.length - 1
    return {
      from: piece.from + index,
      to: piece.from + index + segment.length,
      seconds: piece.seconds / all.length,
      pause: isLast ? piece.pause : 0,
      end: isLast ? piece.end : 'letter',
    }
  })
}
