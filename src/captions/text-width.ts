const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** What East Asian typography sets on a full square, and emoji. */
const fullWidth =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\ufe0f/u

/** How wide a text is, in half squares: a Latin letter counts 1, a Chinese character or an emoji 2, a mark over a letter nothing. */
export function textWidth(text: string): number {
  let width = 0
  for (const grapheme of splitGraphemes(text)) width += fullWidth.test(grapheme) ? 2 : 1
  return width
}

/** What a reader takes for one letter: never cut inside. */
export function splitGraphemes(text: string): readonly string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment)
}
