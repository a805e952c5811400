const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** What East Asian typography sets on a full square, and emoji. */
const fullWidth =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u

/** Half squares a letter, as sentences measured in Noto Sans; where not named here it was 0.9 to 1.1. */
const wideLetters: readonly (readonly [RegExp, number])[] = [
  [/\p{Script=Malayalam}/u, 2.4],
  [/[\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Sinhala}]/u, 1.8],
  [/[\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Oriya}]/u, 1.5],
  [/[\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Georgian}]/u, 1.2],
]

/** How wide a text is, in half squares: a Latin letter counts 1, a Chinese one or an emoji 2, a mark over a letter nothing. */
export function textWidth(text: string): number {
  let width = 0
  for (const grapheme of splitGraphemes(text)) {
    if (/^[\0-\u02ff]/.test(grapheme)) width += 1
    else if (fullWidth.test(grapheme)) width += 2
    else width += wideLetters.find(([letters]) => letters.test(grapheme))?.[1] ?? 1
  }
  return width
}

/** Whether a text has letters of East Asian squares, of which a line is to hold fewer. */
export function isDense(text: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(text)
}

/** What a reader takes for one letter: never cut inside. */
export function splitGraphemes(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}
