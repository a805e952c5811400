import type { PhoneTiming, WordTiming } from '../ports.ts'
import { isVowel } from './visemes.ts'

/**
 * Flite prints the times of sounds but not which word they belong to, and stress only without times. So the words are
 * spoken a second time by the quickest voice with a pause after each word (nothing is heard of it), which shows each
 * word's sounds and stress; those are then laid along the timed sounds by the cheapest edit path. The two readings share
 * one lexicon and differ only where neighbours matter ("the apple"), so the path is nearly always the diagonal.
 */
export interface GuideSound {
  readonly phone: string
  readonly stressed: boolean
}

/** The guide's sounds of each word, from flite's `-psstress` line: 'pau hh ax0 l ow1 pau dh eh1 r pau'. */
export function parseGuide(line: string): readonly (readonly GuideSound[])[] {
  const words: GuideSound[][] = []
  let word: GuideSound[] = []
  for (const symbol of [...line.trim().split(/\s+/), 'pau']) {
    if (symbol === 'pau') {
      if (word.length > 0) words.push(word)
      word = []
    } else {
      word.push({ phone: symbol.replace(/\d$/, ''), stressed: symbol.endsWith('1') })
    }
  }
  return words
}

/** Words that carry no sentence stress: a nod on them looks wrong. */
const unstressedWords = new Set(
  (
    'a an the and but or nor so if as than that this these those of in on at by to for from with into onto about over under up ' +
    'i you he she it we they me him her us them my your his its our their is am are was were be been being do does did ' +
    'have has had can could will would shall should may might must not there here who which what when where how'
  ).split(' '),
)

/**
 * Gives every word its time and marks the vowels of stressed syllables.
 * @param phones the timed sounds of these words, pauses included
 * @param words the written words, one per guide entry
 */
export function alignWords(
  phones: readonly PhoneTiming[],
  words: readonly string[],
  guide: readonly (readonly GuideSound[])[],
): { readonly phones: readonly PhoneTiming[]; readonly words: readonly WordTiming[] } {
  const guideSounds = guide.flatMap((sounds, word) => sounds.map((sound) => ({ ...sound, word })))
  const spoken = phones.map((phone, index) => ({ phone, index })).filter(({ phone }) => phone.phone !== 'pau')
  const partner = cheapestPath(
    spoken.map(({ phone }) => phone.phone),
    guideSounds.map(({ phone }) => phone),
  )
  const wordOf = fillGaps(partner.map((at) => (at === -1 ? -1 : guideSounds[at]!.word)))
  const stressedAt = new Set<number>()
  const spans = new Map<number, { startMs: number; endMs: number }>()
  for (const [at, { phone, index }] of spoken.entries()) {
    const word = wordOf[at]!
    const span = spans.get(word)
    if (span) span.endMs = phone.endMs
    else spans.set(word, { startMs: phone.startMs, endMs: phone.endMs })
    const sound = partner[at] === -1 ? undefined : guideSounds[partner[at]!]
    if (sound?.stressed && isVowel(phone.phone) && !unstressedWords.has((words[word] ?? '').toLowerCase())) {
      stressedAt.add(index)
    }
  }
  return {
    phones: phones.map((phone, index) =>
      isVowel(phone.phone) ? { ...phone, stressed: stressedAt.has(index) } : phone,
    ),
    words: words.flatMap((word, index) => {
      const span = spans.get(index)
      return span ? [{ word, ...span }] : []
    }),
  }
}

/** Where the guide does not fit (it never did in our texts): words share the sounds by their letters, stress unknown. */
export function shareByLetters(phones: readonly PhoneTiming[], words: readonly string[]): readonly WordTiming[] {
  const spoken = phones.filter(({ phone }) => phone !== 'pau')
  const letters = words.reduce((sum, word) => sum + word.length, 0)
  const result: WordTiming[] = []
  let before = 0
  for (const word of words) {
    const first = Math.floor((before / letters) * spoken.length)
    before += word.length
    const last = Math.max(first, Math.ceil((before / letters) * spoken.length) - 1)
    const from = spoken[first]
    const to = spoken[Math.min(last, spoken.length - 1)]
    if (from && to) result.push({ word, startMs: Math.max(from.startMs, result.at(-1)?.endMs ?? 0), endMs: to.endMs })
  }
  return result
}

/** For each entry of `a` its partner in `b`, or -1: edit distance, where a vowel may cheaply stand for a vowel. */
function cheapestPath(a: readonly string[], b: readonly string[]): readonly number[] {
  const width = b.length + 1
  const cost = new Float32Array((a.length + 1) * width)
  const skip = 1
  const swap = (x: string, y: string) => (x === y ? 0 : isVowel(x) === isVowel(y) ? 0.7 : 1.9)
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) {
        cost[i * width + j] = (i + j) * skip
        continue
      }
      const matched = cost[(i - 1) * width + j - 1]! + swap(a[i - 1]!, b[j - 1]!)
      const skipped = Math.min(cost[(i - 1) * width + j]!, cost[i * width + j - 1]!) + skip
      cost[i * width + j] = Math.min(matched, skipped)
    }
  }
  const partner = new Array<number>(a.length).fill(-1)
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    const here = cost[i * width + j]!
    if (Math.abs(here - cost[(i - 1) * width + j - 1]! - swap(a[i - 1]!, b[j - 1]!)) < 1e-3) {
      partner[i - 1] = j - 1
      i--
      j--
    } else if (Math.abs(here - cost[(i - 1) * width + j]! - skip) < 1e-3) i--
    else j--
  }
  return partner
}

/** Sounds without a partner belong to the word before them, the first ones to the first word found. */
function fillGaps(words: readonly number[]): readonly number[] {
  let current = words.find((word) => word !== -1) ?? 0
  return words.map((word) => {
    if (word !== -1) current = word
    return current
  })
}
