/** Fifty words tell the language as well as a thousand. */
const looksAt = 2000

/**
 * How well a text fits each of 60 languages (primary subtags), 0..1, by groups of letters. The smallest of eld's four tables: 60 MB
 * and 0.3 s to load, 0.1 ms a text; the largest takes 380 MB and 1.5 s, and is no better where it matters, at a few words.
 */
export async function scoreLanguages(text: string): Promise<Readonly<Record<string, number>>> {
  const { eld } = await import('eld/extrasmall')
  return eld.detect(text.slice(0, looksAt)).getScores()
}
