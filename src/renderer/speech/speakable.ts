import { Failure } from '../../errors.ts'

/**
 * Makes a script readable for an English voice that knows only ASCII: typographic signs become plain ones, symbols that
 * people say become words, marks that nobody says (markdown, emoji, control characters) go. Letters of another script
 * cannot be read and are refused rather than dropped: a clip that skips part of its script is worse than an answer.
 */

/** Letters that do not fall apart into a base letter and an accent. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'Ae',
  œ: 'oe',
  Œ: 'Oe',
  ø: 'o',
  Ø: 'O',
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ð: 'th',
  Ð: 'Th',
  þ: 'th',
  Þ: 'Th',
  ı: 'i',
  ŋ: 'ng',
  Ŋ: 'Ng',
  ħ: 'h',
  Ħ: 'H',
  ĸ: 'k',
  ſ: 's',
  ª: 'a',
  º: 'o',
} // prettier-ignore

const currencies: readonly (readonly [sign: string, name: string])[] = [
  ['£', 'pounds'],
  ['€', 'euros'],
  ['¥', 'yen'],
  ['₹', 'rupees'],
  ['₩', 'won'],
  ['₿', 'bitcoin'],
]

/** Order matters: a sign between digits is read before the same sign alone. */
const spokenSigns: readonly (readonly [RegExp, string])[] = [
  [/\bC#/gi, ' C sharp '],
  [/\bC\+\+/gi, ' C plus plus '],
  [/#(?=\d)/g, ' number '],
  [/(?<=[\d.])\s*°\s*C\b/g, ' degrees Celsius '],
  [/(?<=[\d.])\s*°\s*F\b/g, ' degrees Fahrenheit '],
  [/°/g, ' degrees '],
  [/½/g, ' 1/2 '],
  [/¼/g, ' 1/4 '],
  [/¾/g, ' 3/4 '],
  [/(?<=\d)\s*[×]\s*(?=\d)/g, ' times '],
  [/÷/g, ' divided by '],
  [/±/g, ' plus or minus '],
  [/≈/g, ' about '],
  [/≠/g, ' is not equal to '],
  [/≤/g, ' at most '],
  [/≥/g, ' at least '],
  [/(?<=\d)\s*<\s*(?=\d)/g, ' is less than '],
  [/(?<=\d)\s*>\s*(?=\d)/g, ' is greater than '],
  [/&/g, ' and '],
  [/\+(?=\s*\w)/g, ' plus '],
  [/=/g, ' equals '],
  [/(?<=\w)@(?=\w)/g, ' at '],
  [/(?<=[a-z])\/(?=[a-z])/gi, ' '],
]

const maximumShown = 5

/**
 * Cleans a script for display and for reading: NFC, one kind of quotes, dashes as commas, no control characters, no
 * emoji. Line breaks stay (they are pauses); other white space becomes one blank.
 * Long runs are shortened before the other patterns, which look at a run from each of its places: 20000 dots took seconds.
 */
export function cleanScript(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u2028\u2029\v\f\u0085]/g, '\n')
    .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u20e3\ufe00-\ufe0f\u200d]/gu, ' ')
    .replace(/\s{2,}/g, (run) => (run.includes('\n') ? '\n' : ' '))
    .replace(/\.{4,}/g, '...')
    .replace(/[\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u00ab\u00bb\u2039\u203a]/g, '"')
    .replace(/(?<=\d)[\u2010-\u2015\u2212](?=\d)/g, '-')
    .replace(/[\u2010\u2011]/g, '-')
    .replace(/(^|\s)\u2212(?=\d)/g, '$1-')
    .replace(/\s*[\u2012-\u2015\u2212]\s*|(?<=\w)--+(?=\w)|[^\S\n]+--?[^\S\n]+/g, ', ')
    .replace(/(?:\u2026|\.{2,})(?=\s*["')\]]*\s*(?:\n|$))/g, '.')
    .replace(/\s*(?:\u2026|\.{2,})\s*/g, ', ')
    .replace(/[^\P{C}\n]/gu, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .replace(/(?:, )+(?=[,.;:!?])/g, '')
    .trim()
}

/** One written word (or more) in the letters that the voice reads. May be empty: some tokens are only marks. */
export function toSpokenForm(written: string): string {
  if (/^[a-z',.!?;:]*$/i.test(written)) return written
  let spoken = written
  for (const [sign, name] of currencies) {
    if (!spoken.includes(sign)) continue
    spoken = spoken
      .replace(new RegExp(`${sign}\\s?(\\d[\\d,.]*\\d|\\d)`, 'g'), `$1 ${name}`)
      .replaceAll(sign, ` ${name} `)
  }
  for (const [pattern, words] of spokenSigns) spoken = spoken.replace(pattern, words)
  return spoken
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\0-\x7f]/g, (letter) => plainLetters[letter] ?? ' ')
    .replace(/[[\]{}]/g, ',')
    .replace(/[*_~^|\\<>#]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * Refuses a script that an English voice cannot read.
 * @throws Failure `INVALID_REQUEST` with reason `script-not-speakable`.
 */
export function requireReadable(clean: string): void {
  const foreign = (clean.match(/[^\0-\x7f]/gu) ?? []).filter(
    (character) => /\p{L}/u.test(character) && !/[a-z]/i.test(toSpokenForm(character)),
  )
  if (foreign.length > 0) {
    const shown = [...new Set(foreign)].slice(0, maximumShown).join(' ')
    throw notSpeakable(
      `This voice reads English only and cannot read: ${shown}`,
      'Write the script in English letters.',
    )
  }
  if (!/[a-z0-9]/i.test(toSpokenForm(clean))) {
    throw notSpeakable('The script has no words to speak.', 'Write at least one English word; emoji are not spoken.')
  }
}

export function notSpeakable(message: string, hint: string): Failure {
  return new Failure('INVALID_REQUEST', { reason: 'script-not-speakable', message, hint })
}
