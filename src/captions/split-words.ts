/**
 * Cuts a script into the words that captions are made of: stretches that stay together on a line. White space does it for
 * most writing; Chinese, Japanese, Thai and their like have none, so there the dictionary of Intl.Segmenter tells.
 */

/** White space at which a line may end: all but the blanks that forbid it (French « ! », numbers with their units). */
const blank = '[^\\S\\u00a0\\u202f\\u2007\\ufeff]'
const chunk = new RegExp(`^${blank}+|(?:(?!${blank}).)+${blank}*`, 'gsu')

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
/** What is said of a text: letters, digits, and the signs that have words of their own. */
export const sounding = /[\p{L}\p{N}\p{Sc}+=×÷±%&@#°]/u
/** Brackets and quotes that open; a straight quote alone is taken for one too. */
const opening = /^["'\p{Ps}\p{Pi}¿¡]+\s*$/u
/** What must not begin a line: closing marks, small kana, the sound stretcher, repeat marks (JIS X 4051). */
const clinging =
  /^[\p{Pe}\p{Pf}\p{M}!%),.:;?\]}¢°’”‰′″℃、。々〉》」』】〕〗〙〛〜ぁぃぅぇぉっゃゅょゎゕゖ゛゜ゝゞ・ァィゥェォッャュョヮヵヶーヽヾ！％），．：；？］｝～…‥。，ๆฯ]/u

/** Words with the white space and marks that belong to them: joined again they are the script, to the character. */
export function splitWords(script: string): readonly string[] {
  const pieces = (script.match(chunk) ?? []).flatMap((text) =>
    unspaced.test(text) ? cutByDictionary(text) : cutAtDashes(text),
  )
  const words: string[] = []
  let held = ''
  for (const piece of pieces) {
    const text = held + piece
    held = ''
    const clings = words.length > 0 && clinging.test(piece) && !/[\p{L}\p{N}]/u.test(piece)
    if (sounding.test(piece) && !clings) words.push(text)
    else if (words.length === 0 || opening.test(piece)) held = text
    else words[words.length - 1] += text
  }
  if (held === '') return words
  if (words.length === 0) return [held]
  words[words.length - 1] += held
  return words
}

const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })

function cutByDictionary(text: string): readonly string[] {
  const pieces: string[] = []
  let held = ''
  for (const { segment } of segmenter.segment(text)) {
    const last = pieces.length - 1
    if (opening.test(segment)) held += segment
    else if (held !== '' || last < 0 || !joins(pieces[last]!, segment)) {
      pieces.push(held + segment)
      held = ''
    } else pieces[last] += segment
  }
  return held === '' ? pieces : [...pieces, held]
}

/** Japanese endings and particles (hiragana) stay with the word before them, up to this length. */
const longestPhrase = 8

/** Latin words and numbers inside such a text ("3.5%", "e-mail") are not cut at their marks. */
function joins(before: string, segment: string): boolean {
  if (clinging.test(segment) || /^\s+$/.test(segment)) return true
  if (/^\p{Script=Hiragana}+$/u.test(segment) && /[\p{L}\p{N}\p{Pe}]$/u.test(before)) {
    return before.length + segment.length <= longestPhrase
  }
  return !unspaced.test(segment) && !unspaced.test(before) && !/\s$/.test(before)
}

/** A dash without blanks around it is a place to end a line after: 'yes—no'. */
function cutAtDashes(text: string): readonly string[] {
  return text.split(/(?<=[\p{L}\p{N}][—–―])(?=[\p{L}])/u)
}
