import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { buildCues, type Cue, usualLimits } from '../../../src/captions/build-cues.ts'
import { lineText } from '../../../src/captions/line-text.ts'
import { textWidth } from '../../../src/captions/text-width.ts'
import { type TimedScript, timeScript } from '../../../src/captions/time-script.ts'

/** Spoken evenly at 12 letters a second. */
const spoken = (script: string, durationMs = script.length * 85): TimedScript => timeScript(script, [], durationMs)
const textOf = (cue: Cue) => cue.lines.map((line) => lineText(line, false)).join(' / ')
const textsOf = (cues: readonly Cue[]) => cues.map(textOf)

const speech =
  'Hello there! My name is Mary, and this photo can speak. Five big boats move through the water, and we really love to ' +
  'watch them. Would you like to try it yourself? Bring a picture, write a few words, and press the button.'

describe('captions', () => {
  it('end where sentences and clauses end', () => {
    expect(textsOf(buildCues(spoken(speech)))).toEqual([
      'Hello there!',
      'My name is Mary, and this photo can speak.',
      'Five big boats move through the water, / and we really love to watch them.',
      'Would you like to try it yourself?',
      'Bring a picture, write a few words, / and press the button.',
    ])
  })

  it('part a long sentence before little words, not after them, and leave no word alone', () => {
    const script =
      'I would say that the very first thing anyone should do in the morning before they have had any breakfast at all is ' +
      'to drink a large glass of cold water while looking out of the window at the garden.'
    const cues = buildCues(spoken(script))
    for (const cue of cues.slice(0, -1)) expect(textOf(cue)).not.toMatch(/\b(the|a|of|to|in|is|at)$/)
    for (const { lines } of cues) expect(lines.flat().length).toBeGreaterThan(2)
  })

  it('know the points of dates and titles from those of sentences', () => {
    const script = 'Die Gesellschaft hat am 3. Mai um 9 Uhr morgens ein Fest für Dr. Schmidt und ihre Freunde gegeben.'
    for (const cue of buildCues(spoken(script)).slice(0, -1)) expect(textOf(cue)).not.toMatch(/\.$/)
  })

  it('keep short answers together rather than let them flicker', () => {
    expect(textsOf(buildCues(spoken('Yes. No. Maybe. That depends on the weather, I would say.', 5200)))[0]).toBe(
      'Yes. No. Maybe.',
    )
  })

  it('break at a long pause and at a new paragraph', () => {
    const words = ['one ', 'two ', 'three ', 'four\n', 'five ', 'six'].map((text, i) => ({
      text,
      startMs: i * 600 + (i > 1 ? 1500 : 0),
      endMs: (i + 1) * 600 + (i > 1 ? 1500 : 0),
    }))
    expect(textsOf(buildCues({ words, durationMs: 6000 }))).toEqual(['one two', 'three four', 'five six'])
  })

  it('fit Japanese, Chinese and Thai into their own lines', () => {
    const cues = buildCues(
      spoken(
        '今日はいい天気ですね。そこから富士山が見えるかもしれませんし、夜になると街の明かりがとても美しいです。',
        9000,
      ),
    )
    expect(textsOf(cues)).toEqual([
      '今日はいい天気ですね。',
      'そこから富士山が / 見えるかもしれませんし、',
      '夜になると街の / 明かりがとても美しいです。',
    ])
  })

  it('cut a word that no line holds, and lose no letter of it', () => {
    const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'
    const cues = buildCues(spoken(`Die ${word} wurde 1924 gegründet.`))
    expect(
      cues
        .flatMap(({ lines }) => lines.map((line) => lineText(line, false)))
        .join('')
        .replaceAll(' ', ''),
    ).toBe(`Die${word}wurde1924gegründet.`)
  })

  it('keep narrower lines when asked for them', () => {
    const cues = buildCues(spoken(speech), { lineWidth: 22, lines: 2 })
    for (const line of cues.flatMap(({ lines }) => lines)) {
      expect(textWidth(lineText(line, false))).toBeLessThanOrEqual(22)
    }
  })

  it('stay long enough to be read, and close gaps that would only flicker', () => {
    const words = [
      { text: 'Stop. ', startMs: 500, endMs: 700 },
      { text: 'Go ', startMs: 4000, endMs: 4300 },
      { text: 'on. ', startMs: 4300, endMs: 5500 },
      { text: 'Done.', startMs: 5600, endMs: 6000 },
    ]
    const cues = buildCues({ words, durationMs: 7500 })
    expect(cues.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
      [500, 1500],
      [4000, 5600],
      [5600, 6600],
    ])
  })

  it('keep every limit and every word, whatever the script', () => {
    const word = fc.constantFrom(
      'one',
      'two,',
      'three.',
      'antidisestablishmentarianism',
      '今日は',
      'よい。',
      'नमस्ते',
      '🎉',
      'x'.repeat(90),
      'a\n\nb',
      '—',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 0, max: 30_000 }), (words, durationMs) => {
        const script = spoken(words.join(' '), durationMs)
        const cues = buildCues(script)
        const bare = (text: string) => text.replace(/\s/g, '')
        expect(bare(cues.flatMap(({ lines }) => lines.flat().map(({ text }) => text)).join(''))).toBe(
          bare(words.join('')),
        )
        let free = 0
        for (const cue of cues) {
          expect(cue.startMs).toBeGreaterThanOrEqual(free)
          expect(cue.endMs).toBeGreaterThan(cue.startMs)
          expect(cue.lines.length).toBeLessThanOrEqual(usualLimits.lines)
          for (const line of cue.lines) {
            expect(lineText(line, false)).not.toBe('')
            expect(textWidth(lineText(line, false))).toBeLessThanOrEqual(usualLimits.lineWidth)
          }
          free = cue.endMs
        }
      }),
    )
  })
})
