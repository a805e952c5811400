/** Language tags, and what the letters of a script alone can tell. */

/** Unicode scripts, and the languages (primary subtags) that are usually written in them. Latin stands for all others. */
const languagesOfWriting: Readonly<Record<string, readonly string[]>> = {
  Latin: [],
  Cyrillic: [
    'ru',
    'uk',
    'bg',
    'sr',
    'mk',
    'be',
    'kk',
    'ky',
    'tt',
    'ba',
    'cv',
    'kaa',
    'mn',
    'tg',
    'bs',
    'uz',
    'az',
    'tk',
    'kl',
  ],
  Greek: ['el', 'grc'],
  Arabic: ['ar', 'fa', 'ur', 'ug', 'sd', 'ku', 'ps', 'ckb'],
  Hebrew: ['he', 'yi'],
  Devanagari: ['hi', 'mr', 'ne', 'kok', 'sa'],
  Bengali: ['bn', 'as'],
  Gurmukhi: ['pa'],
  Gujarati: ['gu'],
  Oriya: ['or'],
  Tamil: ['ta'],
  Telugu: ['te'],
  Kannada: ['kn'],
  Malayalam: ['ml'],
  Sinhala: ['si'],
  Thai: ['th'],
  Lao: ['lo'],
  Khmer: ['km'],
  Myanmar: ['my', 'shn'],
  Tibetan: ['bo'],
  Georgian: ['ka'],
  Armenian: ['hy', 'hyw'],
  Ethiopic: ['am', 'ti'],
  Cherokee: ['chr'],
  Mongolian: ['mn'],
  Hangul: ['ko'],
  Kana: ['ja'],
  Han: ['zh', 'yue', 'ja', 'hak'],
}

const patterns: readonly (readonly [writing: string, letters: RegExp])[] = Object.keys(languagesOfWriting).map(
  (name) => [
    name,
    name === 'Kana' ? /[\p{Script=Hiragana}\p{Script=Katakana}]/gu : new RegExp(`\\p{Script=${name}}`, 'gu'),
  ],
)

/** A character of these is a syllable or a word, so it weighs as much as several letters. */
const dense: Readonly<Record<string, number>> = { Han: 4, Kana: 3, Hangul: 3 }
/** Japanese is written in kanji and kana; a text in which this part of both is kana is Japanese. */
const kanaShare = 0.08

/** The writing system of most of a text, e.g. 'Cyrillic', 'Kana' for Japanese; null when there are no letters. */
export function mainWritingSystem(text: string): string | null {
  const weights = new Map(
    patterns.map(([name, letters]) => [name, (text.match(letters)?.length ?? 0) * (dense[name] ?? 1)]),
  )
  const kana = weights.get('Kana') ?? 0
  const han = weights.get('Han') ?? 0
  if (kana > kanaShare * (kana + han)) {
    weights.set('Kana', kana + han)
    weights.set('Han', 0)
  }
  const [best] = [...weights].sort(([, a], [, b]) => b - a)
  return best && best[1] > 0 ? best[0] : null
}

/** Languages usually written so; null for Latin, which any language may be written in. */
export function languagesWrittenIn(writing: string): readonly string[] | null {
  return writing === 'Latin' ? null : (languagesOfWriting[writing] ?? [])
}

/** Other subtags for the same language, as voices and detectors name it. */
const sameLanguage: Readonly<Record<string, string>> = {
  no: 'nb',
  nn: 'nb',
  cmn: 'zh',
  iw: 'he',
  in: 'id',
  mo: 'ro',
  sh: 'sr',
}

/** 'en-GB' -> 'en'; other names of a language become the usual one: 'no' -> 'nb'. */
export function primaryLanguage(tag: string): string {
  const primary = tag.split(/[-_]/)[0]!.toLowerCase()
  return sameLanguage[primary] ?? primary
}

const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' })

/** 'fr' -> 'French'. */
export function languageName(tag: string): string {
  return names.of(tag) ?? tag
}
