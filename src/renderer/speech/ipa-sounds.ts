/**
 * What espeak says in the International Phonetic Alphabet (and, for a few languages, in letters of its own), as the sounds that
 * the lips know. Only what can be seen counts: a uvular R and a G look alike, length and tone and voice do not show.
 */

const soundOfLetter: Readonly<Record<string, string>> = {
  // Vowels, from front to back, closed to open.
  i: 'iy',
  y: 'yy',
  ɪ: 'ih',
  I: 'ih',
  ʏ: 'yy',
  ɨ: 'ix',
  ᵻ: 'ix',
  ʉ: 'yy',
  ɯ: 'ix',
  ᵿ: 'uh',
  u: 'uw',
  ʊ: 'uh',
  U: 'uh',
  e: 'ey',
  ø: 'oe',
  ɘ: 'ax',
  ɵ: 'oe',
  ɤ: 'ah',
  o: 'ow',
  ə: 'ax',
  '@': 'ax',
  ɚ: 'axr',
  ɛ: 'eh',
  ε: 'eh',
  E: 'eh',
  œ: 'oe',
  ɶ: 'oe',
  ɜ: 'er',
  ɝ: 'er',
  ɞ: 'oe',
  ʌ: 'ah',
  V: 'ah',
  ɔ: 'ao',
  O: 'ao',
  æ: 'ae',
  ɐ: 'ah',
  a: 'aa',
  ä: 'aa',
  ɑ: 'aa',
  A: 'aa',
  ɒ: 'ao',
  // Lips.
  p: 'p',
  b: 'b',
  ɓ: 'b',
  m: 'm',
  ᵐ: 'm',
  ʘ: 'p',
  ɸ: 'bh',
  β: 'bh',
  ʙ: 'b',
  // Lip and teeth.
  f: 'f',
  v: 'v',
  ʋ: 'v',
  ɱ: 'v',
  // Tongue and teeth.
  θ: 'th',
  T: 'th',
  ð: 'dh',
  D: 'dh',
  t: 't',
  d: 'd',
  ʈ: 't',
  ɖ: 'd',
  ɗ: 'd',
  ᶑ: 'd',
  n: 'n',
  ⁿ: 'n',
  ɳ: 'n',
  ɾ: 'dx',
  ɽ: 'dx',
  r: 'dx',
  ɺ: 'dx',
  l: 'l',
  ɫ: 'l',
  ɭ: 'l',
  ɬ: 'l',
  ɮ: 'l',
  ǀ: 't',
  ǁ: 'l',
  ǃ: 't',
  s: 's',
  z: 'z',
  ʦ: 's',
  ʣ: 'z',
  // Hissed with the lips forward, or spread.
  ʃ: 'sh',
  S: 'sh',
  ʒ: 'zh',
  Z: 'zh',
  ʂ: 'sh',
  ʐ: 'zh',
  ʧ: 'ch',
  ʤ: 'jh',
  ɕ: 'sy',
  ʑ: 'sy',
  ɧ: 'sh',
  // Middle and back of the tongue, throat.
  j: 'y',
  ʝ: 'y',
  ç: 'y',
  C: 'y',
  c: 'k',
  ɟ: 'g',
  ʄ: 'g',
  ɲ: 'n',
  ʎ: 'l',
  k: 'k',
  K: 'kh',
  ɡ: 'g',
  g: 'g',
  ɠ: 'g',
  ŋ: 'ng',
  N: 'ng',
  ᵑ: 'ng',
  x: 'kh',
  X: 'kh',
  ɣ: 'kh',
  Q: 'kh',
  ɰ: 'kh',
  q: 'k',
  ɢ: 'g',
  ʛ: 'g',
  ɴ: 'ng',
  χ: 'kh',
  ʁ: 'kh',
  ʀ: 'kh',
  R: 'kh',
  ħ: 'hh',
  ʕ: 'hh',
  h: 'hh',
  ɦ: 'hh',
  ʔ: 'hh',
  '?': 'hh',
  // Lips forward.
  ɹ: 'r',
  ɻ: 'r',
  w: 'w',
  ʍ: 'wh',
  ɥ: 'w',
}

/** Two letters, one movement of the lips. */
const soundOfPair: Readonly<Record<string, string>> = { tʃ: 'ch', dʒ: 'jh', tS: 'ch', dZ: 'jh', ʈʂ: 'ch', ɖʐ: 'jh' }

/** Length, tone, breath, voice, nasality, place: nothing that the lips show. The digits number tones and variants, save Faroese 2 and 9. */
const unseen =
  /[ˈˌːˑ.:;,'"`^~_#|\-[\]{}()=*!%&+/\\<>0-9\p{M}ʰʲˤˠʷʱˀᵝᵊˡʼ˞˥-˩\u2070\u00b2\u00b3\u00b9\u2074-\u2079\u2080-\u2089\p{C}\ufffd]/gu

export interface IpaReading {
  /** In order; empty where the symbol only changes the sound before it. */
  readonly sounds: readonly string[]
  /** Letters that no table knows: nothing is seen of them. */
  readonly unknown: readonly string[]
}

const readings = new Map<string, IpaReading>()

/** Reads one symbol of the engine: 'tʃʰ', 'ˈaɪ', 'nʲ'. */
export function readIpa(symbol: string): IpaReading {
  const known = readings.get(symbol)
  if (known) return known
  const letters = [
    ...symbol
      .normalize('NFD')
      .replace(/c\u0327/g, 'ç')
      .replace(/^[ˈˌ]?[29]/, 'ø')
      .replace(unseen, ''),
  ]
  const sounds: string[] = []
  const unknown: string[] = []
  for (let at = 0; at < letters.length; at++) {
    const pair = soundOfPair[`${letters[at]}${letters[at + 1]}`]
    const sound = pair ?? soundOfLetter[letters[at]!]
    if (pair) at++
    if (sound === undefined) unknown.push(letters[at]!)
    // 'ph', 'th', 'tsh': only breath.
    else if (sound !== 'hh' || sounds.length === 0) sounds.push(sound)
  }
  const reading = { sounds, unknown }
  readings.set(symbol, reading)
  return reading
}

/** True for silence and for marks that a change of language leaves. */
export function isSpokenSymbol(symbol: string): boolean {
  return symbol !== '' && !symbol.startsWith('(')
}
