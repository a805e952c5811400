/** What language a script is in, as far as its letters alone can tell. */

const writingSystems = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Bengali',
  'Tamil',
  'Telugu',
  'Thai',
  'Hangul',
  'Hiragana',
  'Katakana',
  'Han',
  'Georgian',
  'Armenian',
  'Ethiopic',
  'Khmer',
] as const

const patterns = writingSystems.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'gu')] as const)

/** The writing system of most letters, e.g. 'Cyrillic', or null when there are no letters. */
export function mainWritingSystem(text: string): string | null {
  let best: string | null = null
  let most = 0
  for (const [name, pattern] of patterns) {
    const count = text.match(pattern)?.length ?? 0
    if (count > most) [best, most] = [name, count]
  }
  return best
}

/** 'en-GB' -> 'en'. */
export function primaryLanguage(tag: string): string {
  return tag.split(/[-_]/)[0]!.toLowerCase()
}
