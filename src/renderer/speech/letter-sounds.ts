import { isVowel } from './visemes.ts'

/**
 * Which letters of a word spell which of its sounds, as far as writing shows it: enough to carry the times of letters over to
 * sounds. The cheapest path through both, where a letter that can spell a sound costs nothing.
 */
const spellings: Readonly<Record<string, string>> = {
  p: 'p',
  b: 'b',
  m: 'm',
  f: 'fpgv',
  v: 'vfw',
  t: 'tdz',
  d: 'dt',
  k: 'kcqxg',
  g: 'gx',
  s: 'scxz',
  z: 'zsx',
  sh: 'sctj',
  zh: 'sgzj',
  ch: 'ctz',
  jh: 'jgd',
  n: 'nkg',
  ng: 'ng',
  l: 'l',
  r: 'r',
  w: 'wuo',
  y: 'yuij',
  hh: 'hwjgx',
  kh: 'chgjx',
  th: 'th',
  dh: 'thd',
} // prettier-ignore

const vowelLetters = 'aeiouyw'
/** A silent letter, and a sound that shares its letter with another ('x' is k and s). */
const silentLetter = 0.3
const sharedLetter = 0.4
const aside = 0.6
/** Above this much a letter the writing tells nothing of the sounds. */
const mostPerLetter = 0.35

function misfit(letter: string, phone: string): number {
  if (isVowel(phone)) return vowelLetters.includes(letter) || (letter === 'r' && phone.includes('r')) ? 0 : 1
  return spellings[phone]?.includes(letter) ? 0 : 1
}

/** A sound and the letters, first and last, that spell it. */
export interface SpelledSound {
  readonly first: number
  readonly last: number
}

/** @returns for each phone its letters; null where the writing does not show them */
export function spellSounds(letters: readonly string[], phones: readonly string[]): readonly SpelledSound[] | null {
  const width = phones.length
  if (letters.length === 0 || width === 0) return null
  const cost = new Float32Array(letters.length * width).fill(Number.POSITIVE_INFINITY)
  const steps = new Uint8Array(letters.length * width)
  for (const [i, letter] of letters.entries()) {
    for (const [j, phone] of phones.entries()) {
      const here = misfit(letter, phone)
      const ways = [
        i === 0 && j === 0 ? here : Number.POSITIVE_INFINITY,
        i > 0 && j > 0 ? cost[(i - 1) * width + j - 1]! + here : Number.POSITIVE_INFINITY,
        i > 0 ? cost[(i - 1) * width + j]! + aside * here + silentLetter : Number.POSITIVE_INFINITY,
        j > 0 ? cost[i * width + j - 1]! + aside * here + sharedLetter : Number.POSITIVE_INFINITY,
      ]
      const least = Math.min(...ways)
      cost[i * width + j] = least
      steps[i * width + j] = ways.indexOf(least)
    }
  }
  if (cost[cost.length - 1]! > mostPerLetter * letters.length) return null
  const spelled = phones.map(() => ({ first: letters.length, last: -1 }))
  for (let i = letters.length - 1, j = width - 1; ; ) {
    spelled[j]!.first = Math.min(spelled[j]!.first, i)
    spelled[j]!.last = Math.max(spelled[j]!.last, i)
    const step = steps[i * width + j]!
    if (step === 0) return spelled
    if (step !== 3) i--
    if (step !== 2) j--
  }
}
