import { describe, expect, it } from '@jest/globals'
import { cleanScript, toSpokenForm } from '../../../../src/renderer/speech/speakable.ts'
import { splitSentences } from '../../../../src/renderer/speech/split-sentences.ts'

describe('splitSentences', () => {
  it('cuts at sentence ends, and knows titles from ends', () => {
    expect(splitSentences('Dr. Smith is here. Is he? Yes!').map(({ text }) => text)).toEqual([
      'Dr. Smith is here.',
      'Is he?',
      'Yes!',
    ])
  })

  it('ends a paragraph at a line break', () => {
    expect(splitSentences('One. Two.\nThree')).toEqual([
      { text: 'One.', end: 'sentence' },
      { text: 'Two.', end: 'paragraph' },
      { text: 'Three', end: 'paragraph' },
    ])
  })

  it('cuts an overlong sentence at a comma where it can, at a blank where it must, and loses nothing', () => {
    const commas = `${'a good long clause of words, '.repeat(6)}the end.`
    const pieces = splitSentences(commas, 70)
    expect(pieces.map(({ end }) => end)).toEqual(['clause', 'clause', 'paragraph'])
    expect(pieces.map(({ text }) => text).join(' ')).toBe(commas)
    const blanks = 'word '.repeat(40).trim()
    expect(splitSentences(blanks, 50).every(({ text }) => text.length <= 50)).toBe(true)
    expect(splitSentences(blanks, 50)[0]!.end).toBe('space')
    expect(
      splitSentences('x'.repeat(120), 50)
        .map(({ text }) => text)
        .join(''),
    ).toBe('x'.repeat(120))
  })

  it('gives nothing for nothing', () => {
    expect(splitSentences('')).toEqual([])
    expect(splitSentences('\n \n')).toEqual([])
  })
})

describe('cleanScript and toSpokenForm', () => {
  it.each([
    ['a\u00a0b\tc', 'a b c'],
    ['one\r\n\r\n two', 'one\ntwo'],
    ['‘it’s’ “so”', "'it's' \"so\""],
    ['wait — what–ever', 'wait, what, ever'],
    ['well… yes…', 'well, yes.'],
    ['pages 3–5', 'pages 3-5'],
    ['soft\u00adhyphen\u200b', 'softhyphen'],
    ['fun 👩‍👩‍👧 🇮🇳 1️⃣', 'fun 1'],
  ])('cleans %j to %j', (text, clean) => {
    expect(cleanScript(text)).toBe(clean)
  })

  it.each([
    ['crème', 'creme'],
    ['Straße', 'Strasse'],
    ['Æsop', 'Aesop'],
    ['C#', 'C sharp'],
    ['R&D', 'R and D'],
    ['£1,250.50', '1,250.50 pounds'],
    ['20°C', '20 degrees Celsius'],
    ['and/or', 'and or'],
    ['1/2', '1/2'],
    ['2+2=4', '2 plus 2 equals 4'],
    ['*_~', ''],
  ])('reads %j as %j', (written, spoken) => {
    expect(toSpokenForm(written)).toBe(spoken)
  })
})
