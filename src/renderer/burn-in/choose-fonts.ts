import { join } from 'node:path'
import { Failure } from '../../errors.ts'
import { readCoverage } from './font-coverage.ts'
import { type CaptionFont, fontsFor, plainFont } from './font-list.ts'

export interface ChosenFonts {
  /** Absolute paths of the font files that the text needs. */
  readonly files: readonly string[]
  /** For Pango: families in order of preference, with the weight. */
  readonly description: string
  /** The text without what no font shows and nobody misses: signs, never letters. */
  readonly clean: (text: string) => string
}

/** What makes a picture of an ordinary character (VS16, the keycap) and has no glyph of its own here. */
const decoration = /[\ufe00-\ufe0f\u20e3\u{e0020}-\u{e007f}]/gu
/** Directs the setting and is never drawn. */
const invisible = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]/u
const letter = /[\p{L}\p{M}\p{N}]/u

/**
 * The fewest fonts that show all letters of a text.
 * @param fontDir assets/fonts
 * @throws Failure `INVALID_REQUEST` with reason `subtitles-unsupported`, naming what cannot be shown
 */
export async function chooseFonts(text: string, language: string, fontDir: string): Promise<ChosenFonts> {
  const needed = new Set([...text.replace(decoration, '')].filter((each) => !invisible.test(each)))
  const used: CaptionFont[] = []
  for (const font of fontsFor(text, language)) {
    if (needed.size === 0) break
    const covers = await readCoverage(join(fontDir, font.file))
    const shown = [...needed].filter((each) => covers(each.codePointAt(0)!))
    for (const each of shown) needed.delete(each)
    if (shown.length > 0) used.push(font)
  }
  const missing = [...needed].filter((each) => letter.test(each))
  if (missing.length > 0) throw unsupported(missing)
  return {
    files: [...new Set([...used, plainFont])].map(({ file }) => join(fontDir, file)),
    description: `${[...new Set([...used, plainFont])].map(({ family }) => family).join(', ')} SemiBold`,
    clean: (line) =>
      [...line.replace(decoration, '')]
        .filter((each) => !needed.has(each))
        .join('')
        .replace(/ {2,}/g, ' '),
  }
}

const shownAtMost = 8

function unsupported(missing: readonly string[]): Failure {
  const scripts = [...new Set(missing.map(scriptOf))]
  const examples = missing.slice(0, shownAtMost).join(' ')
  return new Failure('INVALID_REQUEST', {
    reason: 'subtitles-unsupported',
    message: `There is no font here to burn in letters of ${scripts.join(', ')}: ${examples}`,
    hint: 'Leave out burn_subtitles; the subtitles files have every letter.',
    extra: { scripts },
  })
}

/** Living scripts of Unicode 15 that have no font here, to be called by their names. */
const nameable = (
  'Han Hiragana Katakana Hangul Latin Cyrillic Greek Arabic Hebrew Devanagari Bengali Tamil Telugu Thai Tibetan Mongolian Cherokee ' +
  'Canadian_Aboriginal Syriac Thaana Nko Adlam Tifinagh Yi Lisu Vai Bamum Javanese Balinese Sundanese Batak Buginese Cham Tai_Le ' +
  'New_Tai_Lue Tai_Tham Tai_Viet Kayah_Li Lepcha Limbu Meetei_Mayek Ol_Chiki Chakma Newa Osage Hanifi_Rohingya Nyiakeng_Puachue_Hmong ' +
  'Wancho Saurashtra Syloti_Nagri Samaritan Mandaic Coptic Glagolitic Gothic Runic Ogham Egyptian_Hieroglyphs Cuneiform'
).split(' ')

function scriptOf(letter: string): string {
  const name = nameable.find((script) => new RegExp(`\\p{Script=${script}}`, 'u').test(letter))
  return name?.replaceAll('_', ' ') ?? 'an unknown script'
}
