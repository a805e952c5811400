/**
 * Which language a script is in. The writing system comes first; within it three things are weighed: groups of letters (a
 * statistical score, weak for a few words), the words that every language needs, and the letters that only some have.
 */
import { ownLetterShare } from './alphabets.ts'
import { commonWordShares } from './common-words.ts'
import { languagesWrittenIn, primaryLanguage } from './language.ts'

export interface DetectedLanguage {
  /** Primary language subtag. */
  readonly language: string
  /** False where there is little text, or another language was nearly as likely. */
  readonly sure: boolean
}

/** How well a text fits each language, 0..1, by its letter groups; languages that do not fit at all are missing. */
export type ScoreLanguages = (text: string) => Promise<Readonly<Record<string, number>>>

/** Weights found on the texts of the test. */
const weightOfWords = 0.7
const weightOfLetters = 0.25
/** The likeliest guess where little speaks for any other: names, "OK", "Hi Anna"; among Slavic languages the largest. */
const preferences: Readonly<Record<string, number>> = { en: 0.08, ru: 0.02 }
/** Below so many letters groups of them tell little. */
const enoughLetters = 12
/** A language whose common words are there fits at least so well, as a part of the best fit: the scores may not know it. */
const leastFit = 0.7
/** Malay and Indonesian are one to the scores; four of five who write it write Indonesian. */
const akin: Readonly<Record<string, readonly [of: string, part: number]>> = { id: ['ms', 1.04], af: ['nl', 0.9] }
/** The second best is this much less likely, or nobody is sure. */
const sureMargin = 0.1

export async function detectLanguage(
  script: string,
  writing: string,
  score: ScoreLanguages,
): Promise<DetectedLanguage> {
  const written = languagesWrittenIn(writing)
  const text = onlyIn(writing, script.normalize('NFC').replace(/[\u2019\u02bc]/g, "'"))
  const sign = signsOf(writing, text)
  if (sign) return { language: sign, sure: true }
  if (written?.length === 1) return { language: written[0]!, sure: true }
  const ranked = rank(text.toLowerCase(), writing, await score(text))
  const [best, second] = ranked.filter(({ language }) => written?.includes(language) ?? true)
  if (!best) return { language: written?.[0] ?? 'en', sure: false }
  const letters = text.match(/\p{L}/gu)?.length ?? 0
  return { language: best.language, sure: letters >= enoughLetters && best.fit - (second?.fit ?? 0) >= sureMargin }
}

/** Names and terms in another writing say nothing of the language. */
function onlyIn(writing: string, text: string): string {
  const foreign = isWriting(writing) ? new RegExp(`(?!\\p{Script=${writing}})\\p{L}`, 'gu') : null
  return foreign ? text.replace(foreign, ' ') : text
}

const isWriting = (name: string) => name !== 'Kana'

function rank(text: string, writing: string, scores: Readonly<Record<string, number>>) {
  const words = text.match(/[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*/gu) ?? []
  const letters = text.match(/\p{L}/gu) ?? []
  const trust = Math.min(1, letters.length / enoughLetters)
  const shares = commonWordShares(words)
  const named = new Map(Object.entries(scores).map(([language, value]) => [primaryLanguage(language), value]))
  for (const [language, [of, part]] of Object.entries(akin)) named.set(language, (named.get(of) ?? 0) * part)
  const least = leastFit * Math.max(0, ...named.values())
  return [...new Set([...named.keys(), ...shares.keys(), 'en'])]
    .map((language) => {
      const share = shares.get(language) ?? 0
      const byGroups = Math.max(named.get(language) ?? 0, share > 0 ? least : 0)
      const byLetters = (ownLetterShare(language, letters, writing) ?? 0.5) - 0.5
      const preference = preferences[language] ?? 0
      return { language, fit: trust * byGroups + weightOfWords * share + weightOfLetters * byLetters + preference }
    })
    .sort((a, b) => b.fit - a.fit)
}

/** Letters and signs that only one language of a writing has, or only one of those not met before. */
const signs: readonly (readonly [writing: string, sign: RegExp, language: string])[] = [
  ['Han', /[佢嘅喺咗唔冇嚟哋咁啲]/, 'yue'],
  ['Han', /./, 'zh'],
  ['Cyrillic', /[їєґ]/i, 'uk'],
  ['Cyrillic', /ў/i, 'be'],
  ['Cyrillic', /[ђћ]/i, 'sr'],
  ['Cyrillic', /[ѓќѕ]/i, 'mk'],
  ['Cyrillic', /ұ/i, 'kk'],
  ['Cyrillic', /[ӑӗӳ]/i, 'cv'],
  ['Cyrillic', /[ҙҫ]/i, 'ba'],
  ['Cyrillic', /җ/i, 'tt'],
  ['Cyrillic', /[қғ]/i, 'kk'],
  ['Cyrillic', /ә/i, 'tt'],
  ['Cyrillic', /[ңөү]/i, 'ky'],
  ['Latin', /[ơưạảấầẩẫậắằẳẵặếềểễệịốồổỗộớờởỡợủứừửữựỷỹ]/i, 'vi'],
  ['Latin', /[ĉĝĥĵŝŭ]/i, 'eo'],
  ['Arabic', /[ٹڈڑےں]/, 'ur'],
  ['Arabic', /[ٻڀٿٺڄ]/, 'sd'],
  ['Arabic', /[ۇۆۈې]/, 'ug'],
  ['Bengali', /[ৰৱ]/, 'as'],
  ['Bengali', /./, 'bn'],
  ['Ethiopic', /[ቐኸኣ]|እዩ|እዮ|ናይ|ዝተ/, 'ti'],
  ['Devanagari', /ळ|आहे|च्या|ांना/, 'mr'],
  ['Devanagari', /हरू|लाई|छ(?:न्)?(?=[\s।]|$)|ुन्(?=[\s।]|$)/, 'ne'],
  ['Ethiopic', /./, 'am'],
]

function signsOf(writing: string, script: string): string | null {
  return signs.find(([of, sign]) => of === writing && sign.test(script))?.[2] ?? null
}
