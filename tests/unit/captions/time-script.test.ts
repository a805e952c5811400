import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { splitWords } from '../../../src/captions/split-words.ts'
import { type SpokenWord, timeScript } from '../../../src/captions/time-script.ts'
import { createFliteSpeaker } from '../../../src/renderer/speech/flite-speaker.ts'

const joined = (words: readonly { readonly text: string }[]) => words.map(({ text }) => text).join('')

/** Words one after the other, 100 ms each. */
const evenly = (words: readonly string[]): SpokenWord[] =>
  words.map((word, i) => ({ word, startMs: i * 100, endMs: (i + 1) * 100 }))

describe('the words of a script', () => {
  it.each([
    ['Hello, "dear" world — yes!', ['Hello, ', '"dear" ', 'world — ', 'yes!']],
    ['(It costs 3.5 %, or $5.)', ['(It ', 'costs ', '3.5 %, ', 'or ', '$5.)']],
    ['« Bonjour ! » Ça va ? 🎉', ['« Bonjour ! » ', 'Ça ', 'va ? 🎉']],
    ['5\u00a0km', ['5\u00a0km']],
    ['yes—no', ['yes—', 'no']],
    [
      '今日はいい天気ですね。「東京タワー」へ行きましょう！',
      ['今日はいい', '天気ですね。', '「東京タワー」へ', '行きましょう！'],
    ],
    ['我们今天去北京，好不好？', ['我们', '今天', '去', '北京，', '好不好？']],
    ['สวัสดีครับ ผมชื่อ', ['สวัสดี', 'ครับ ', 'ผม', 'ชื่อ']],
    ['مرحبا، كيف حالك؟', ['مرحبا، ', 'كيف ', 'حالك؟']],
    ['नमस्ते, आप कैसे हैं।', ['नमस्ते, ', 'आप ', 'कैसे ', 'हैं।']],
    ['🎉', ['🎉']],
    ['', []],
  ])('are %j with the marks that belong to them', (script, words) => {
    expect(splitWords(script)).toEqual(words)
  })

  it('are the script again when joined, whatever it is', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        fc.constantFrom(...' \n"(。、「—!?,ー人はไا🎉'),
      ),
    })
    fc.assert(fc.property(text, (script) => splitWords(script).join('') === script))
  })
})

describe('a script laid along its speech', () => {
  it('shows what was written where a voice speaks of other words', () => {
    const { words } = timeScript(
      'It costs $5, really.',
      [
        { word: 'It', startMs: 0, endMs: 100 },
        { word: 'costs', startMs: 100, endMs: 400 },
        { word: 'five', startMs: 400, endMs: 700 },
        { word: 'dollars', startMs: 700, endMs: 1000 },
        { word: 'really', startMs: 1200, endMs: 1500 },
      ],
      1800,
    )
    expect(joined(words)).toBe('It costs $5, really.')
    expect(words[2]).toEqual({ text: '$5, ', startMs: 400, endMs: 1200 })
    expect(words[3]).toEqual({ text: 'really.', startMs: 1200, endMs: 1500 })
  })

  it('finds its way again after words that are not in the script', () => {
    const { words } = timeScript('one two three four', evenly(['one', 'x', 'y', 'three', 'four']), 500)
    expect(words.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [0, 100],
      [100, 300],
      [300, 400],
      [400, 500],
    ])
  })

  it('does not jump ahead into the middle of a word', () => {
    const { words } = timeScript('be atone one', evenly(['be', 'one']), 300)
    expect(words.map(({ text, startMs }) => [text, startMs])).toEqual([
      ['be ', 0],
      ['atone ', 100],
      ['one', 100],
    ])
  })

  it('times words inside a sentence without blanks', () => {
    const { words } = timeScript('我们今天去北京。', [{ word: '我们今天去北京', startMs: 0, endMs: 700 }], 900)
    expect(words.map(({ text, startMs }) => [text, startMs])).toEqual([
      ['我们', 0],
      ['今天', 200],
      ['去', 400],
      ['北京。', 500],
    ])
  })

  it('shares the time by letters where a voice tells no words at all', () => {
    const { words } = timeScript('ab abcd', [], 600)
    expect(words).toEqual([
      { text: 'ab ', startMs: 0, endMs: 200 },
      { text: 'abcd', startMs: 200, endMs: 600 },
    ])
  })

  it('is whole, in order and inside the clip, whatever is said', () => {
    const word = fc.constantFrom('one', 'two,', '$5', '🎉', 'été', '今日は', '—', 'a', '"b"')
    const said = fc.constantFrom('one', 'two', '5', 'ete', 'été', '今日', 'a', 'b', 'zzz')
    fc.assert(
      fc.property(fc.array(word), fc.array(said), (written, spoken) => {
        const script = written.join(' ')
        const durationMs = 100 * Math.max(1, spoken.length)
        const { words } = timeScript(script, evenly(spoken), durationMs)
        expect(joined(words)).toBe(script)
        let before = 0
        for (const { startMs, endMs } of words) {
          expect(startMs).toBeGreaterThanOrEqual(before)
          expect(endMs).toBeGreaterThanOrEqual(startMs)
          before = endMs
        }
        expect(before).toBeLessThanOrEqual(durationMs)
      }),
    )
  })

  it('loses nothing of a script that the English voice reads', async () => {
    const script =
      'Hello there! It costs $5 (or £3.50) & more… "Really?" Dr. Smith—our boss—said: 🎉 50% off.\n\nItem #1.'
    const track = await createFliteSpeaker().speak({ text: script, voice: 'en-us-kal16', speed: 1, pitchSemitones: 0 })
    const { words } = timeScript(script, track.words, (track.samples.length / track.sampleRate) * 1000)
    expect(joined(words)).toBe(script)
    const timeOf = (text: string) => words.find((word) => word.text.trim() === text)
    for (const [word, text] of [
      ['$5', '$5'],
      ['£3.50', '£3.50)'],
      ['50%', '50%'],
      ['said', 'said: 🎉'],
      ['#1', '#1.'],
    ]) {
      const heard = track.words.find((spoken) => spoken.word === word)!
      expect(timeOf(text!)).toMatchObject({ startMs: Math.round(heard.startMs), endMs: Math.round(heard.endMs) })
    }
  })
})
