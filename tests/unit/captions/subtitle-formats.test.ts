import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { buildCues } from '../../../src/captions/build-cues.ts'
import { isRightToLeft } from '../../../src/captions/line-text.ts'
import { writeSubRip } from '../../../src/captions/sub-rip.ts'
import { type TimedScript, timeScript } from '../../../src/captions/time-script.ts'
import { writeWebVtt } from '../../../src/captions/web-vtt.ts'
import { parseWebVtt } from '../../support/parse-web-vtt.ts'

const script: TimedScript = {
  words: [
    { text: 'Tom ', startMs: 1000, endMs: 1400 },
    { text: '& ', startMs: 1400, endMs: 1600 },
    { text: '<Jerry>.\n', startMs: 1600, endMs: 2200 },
    { text: '1 --> 2!', startMs: 3_723_004, endMs: 3_724_004 },
  ],
  durationMs: 3_730_000,
}
const vtt = (timed: TimedScript) => writeWebVtt(buildCues(timed), { language: 'en', rtl: isRightToLeft(timed) })
const srt = (timed: TimedScript) => writeSubRip(buildCues(timed), { rtl: isRightToLeft(timed) })

describe('WebVTT', () => {
  it('has a header, the language, and captions with the time of each word', () => {
    expect(vtt(script)).toBe(
      [
        'WEBVTT',
        '',
        'NOTE Language: en',
        '',
        '1',
        '00:00:01.000 --> 00:00:02.200',
        'Tom <00:00:01.400>&amp; <00:00:01.600>&lt;Jerry&gt;.',
        '',
        '2',
        '01:02:03.004 --> 01:02:04.004',
        '1 --&gt; 2!',
        '',
      ].join('\n'),
    )
  })

  it('is read back by a strict reader, whatever the script', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.constantFrom('-->', '<b>', '&amp;', 'NOTE', 'a\n\n\nb', '\r\n', 'مرحبا', '今日は。'),
    )
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 0, max: 60_000 }), (words, durationMs) => {
        const { cues, notes } = parseWebVtt(vtt(timeScript(words.join(' '), [], durationMs)))
        expect(notes).toEqual(['Language: en'])
        const shown = cues.flatMap(({ lines }) => lines).join('')
        const bare = (text: string) => text.replace(/[\s\u200f]/g, '')
        expect(bare(shown)).toBe(bare(words.join('')))
      }),
    )
  })

  it('tells players the direction of a line that begins in another', () => {
    const arabic = timeScript('YouTube هو موقع لمشاركة الفيديو.', [], 3000)
    expect(parseWebVtt(vtt(arabic)).cues[0]!.lines[0]).toMatch(/^\u200fYouTube/)
    expect(vtt(timeScript('مرحبا YouTube في كل يوم.', [], 3000))).not.toContain('\u200f')
    expect(vtt(timeScript('The word مرحبا means hello.', [], 3000))).not.toContain('\u200f')
  })
})

describe('SubRip', () => {
  it('numbers its captions, writes commas and CRLF, and escapes nothing', () => {
    expect(srt(script)).toBe(
      [
        '1',
        '00:00:01,000 --> 00:00:02,200',
        'Tom & <Jerry>.',
        '',
        '2',
        '01:02:03,004 --> 01:02:04,004',
        '1 --> 2!',
        '',
      ].join('\r\n'),
    )
  })
})
