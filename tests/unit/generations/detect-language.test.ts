import { describe, expect, it } from '@jest/globals'
import { detectLanguage } from '../../../src/generations/detect-language.ts'
import { mainWritingSystem } from '../../../src/generations/language.ts'
import { scoreLanguages } from '../../../src/renderer/speech/score-languages.ts'
import { mixedTexts, textsOfLanguages } from './texts-of-languages.ts'

const detect = (text: string) => detectLanguage(text, mainWritingSystem(text)!, scoreLanguages)

async function wrong(texts: readonly (readonly [language: string, text: string])[]) {
  const misses: string[] = []
  for (const [language, text] of texts) {
    const found = await detect(text)
    if (found.language !== language)
      misses.push(`${language}: '${text}' taken for ${found.language}${found.sure ? ', sure' : ''}`)
  }
  return misses
}

const all = Object.entries(textsOfLanguages).flatMap(([language, texts]) =>
  texts.map((text) => [language, text] as const),
)

describe('detecting the language of a script', () => {
  it('takes every English text for English, greetings too', async () => {
    const english = all.filter(([language]) => language === 'en')
    expect(english.length).toBeGreaterThanOrEqual(60)
    expect(await wrong(english)).toEqual([])
  })

  it('is right on at least 95 % of texts in more than 25 other languages', async () => {
    const others = all.filter(([language]) => language !== 'en')
    expect(new Set(others.map(([language]) => language)).size).toBeGreaterThanOrEqual(25)
    expect(others.length).toBeGreaterThanOrEqual(120)
    const misses = await wrong(others)
    expect({ misses, enough: misses.length <= 0.05 * others.length }).toMatchObject({ enough: true })
  })

  it('lets the writing of most words decide', async () => {
    expect(await wrong(mixedTexts)).toEqual([])
  })
})
