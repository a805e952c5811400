import { describe, expect, it } from '@jest/globals'
import { toReadText } from '../../../../src/renderer/speech/espeak-text.ts'
import { loadJapaneseReading } from '../../../../src/renderer/speech/japanese-reading.ts'

const read = await loadJapaneseReading()
const asHeard = (text: string) => toReadText(text, read).text.trim()

describe('Japanese as it is read', () => {
  it.each([
    ['今日は東京から写真が話しています。', 'キョーワ トーキョーカラ シャシンガ ハナシテイマス 。'],
    ['私は学生です。', 'ワタシワ ガクセイデス 。'],
    ['11月21日に三人で会う。', '11ガツ 21ニチニ サン ニン デ アウ 。'],
    ['こんにちは、AIです。', 'コンニチワ 、 AIデス 。'],
  ])('is %s', (written, heard) => {
    expect(asHeard(written).replaceAll(' ', '')).toBe(heard.replaceAll(' ', ''))
  })

  it('keeps particles and endings with their word', () => {
    expect(asHeard('写真が話します。')).toBe('シャシンガ ハナシマス 。')
  })

  it('remembers where each sound is written', () => {
    const { text, origin, words } = toReadText('新しい技術を見る', read)
    expect(words.map(({ word, from }) => [word, from])).toEqual([
      ['新しい', 0],
      ['技術', 3],
      ['を', 5],
      ['見る', 6],
    ])
    expect(origin).toHaveLength([...text].length)
    expect(origin[[...text].indexOf('ギ')]).toBe(3)
  })

  it('refuses kanji that the dictionary does not know, rather than leaving them out', () => {
    expect(() => asHeard('これは𪚥です。')).toThrow(expect.objectContaining({ reason: 'script-not-speakable' }))
  })
})
