/** The fonts in assets/fonts, and for which writing. */
export interface CaptionFont {
  /** File name. */
  readonly file: string
  /** As the file calls itself. */
  readonly family: string
  /** Unicode scripts that it is made for. */
  readonly scripts: readonly string[]
}

const siblings: readonly (readonly [name: string, ...scripts: string[]])[] = [
  ['Arabic'],
  ['Armenian'],
  ['Bengali'],
  ['Devanagari'],
  ['Ethiopic'],
  ['Georgian'],
  ['Gujarati'],
  ['Gurmukhi'],
  ['Hebrew'],
  ['Kannada'],
  ['Khmer'],
  ['Lao'],
  ['Malayalam'],
  ['Myanmar'],
  ['Oriya'],
  ['Sinhala'],
  ['Tamil'],
  ['Telugu'],
  ['Thai'],
  ['JP', 'Hiragana', 'Katakana', 'Han'],
  ['SC', 'Han', 'Bopomofo'],
  ['KR', 'Hangul', 'Han'],
]

/** Letters that most languages share; always there. */
export const plainFont: CaptionFont = {
  file: 'noto-sans-semi-bold.ttf',
  family: 'Noto Sans',
  scripts: ['Latin', 'Greek', 'Cyrillic'],
}
const emoji: CaptionFont = { file: 'noto-emoji-semi-bold.ttf', family: 'Noto Emoji', scripts: [] }

const fonts: readonly CaptionFont[] = siblings.map(([name, ...scripts]) => ({
  file: `noto-sans-${name.toLowerCase()}-semi-bold.ttf`,
  family: `Noto Sans ${name}`,
  scripts: scripts.length > 0 ? scripts : [name],
}))

/** Every file that is shipped. */
export const captionFonts: readonly CaptionFont[] = [plainFont, ...fonts, emoji]

/** Chinese letters are drawn as the language draws them. */
const hanFonts: Readonly<Record<string, string>> = {
  ja: 'Noto Sans JP',
  zh: 'Noto Sans SC',
  yue: 'Noto Sans SC',
  ko: 'Noto Sans KR',
}

/** In the order in which they are asked for a character: the one of most of the text first, pictures last. */
export function fontsFor(text: string, language: string): readonly CaptionFont[] {
  const han =
    hanFonts[language.split('-')[0]!.toLowerCase()] ??
    (/\p{Script=Hangul}/u.test(text) ? 'Noto Sans KR' : 'Noto Sans SC')
  const ofHan = /[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'Noto Sans JP' : han
  const weight = (font: CaptionFont) =>
    font.scripts.reduce((sum, script) => sum + countLetters(text, script), font.family === ofHan ? 0.5 : 0)
  const byUse = [plainFont, ...fonts]
    .map((font) => ({ font, weight: weight(font) }))
    .sort((a, b) => b.weight - a.weight)
  const [main, ...rest] = byUse.map(({ font }) => font)
  return [main!, ...(main === plainFont ? [] : [plainFont]), ...rest.filter((font) => font !== plainFont), emoji]
}

function countLetters(text: string, script: string): number {
  return text.match(new RegExp(`\\p{Script=${script}}`, 'gu'))?.length ?? 0
}
