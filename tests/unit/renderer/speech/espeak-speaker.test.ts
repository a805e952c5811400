import { describe, expect, it } from '@jest/globals'
import type { SpokenTrack } from '../../../../src/renderer/ports.ts'
import { createEspeakLink } from '../../../../src/renderer/speech/espeak-link.ts'
import { createEspeakSpeaker } from '../../../../src/renderer/speech/espeak-speaker.ts'
import { espeakVoices } from '../../../../src/renderer/speech/espeak-voices.ts'
import { isSpokenSymbol, readIpa } from '../../../../src/renderer/speech/ipa-sounds.ts'
import { estimateSpeechSeconds } from '../../../../src/renderer/speech/measure-speech.ts'
import { sampleSentences } from '../../../../src/renderer/speech/sample-sentences.ts'
import { visemes } from '../../../../src/renderer/speech/visemes.ts'
import { pitchOf } from './pitch-of.ts'

const speaker = createEspeakSpeaker()
const speak = (text: string, voice: string, changes: { speed?: number; pitchSemitones?: number } = {}) =>
  speaker.speak({ text, voice, speed: 1, pitchSemitones: 0, ...changes })
const secondsOf = ({ samples, sampleRate }: SpokenTrack) => samples.length / sampleRate
const sentenceOf = (language: string) => sampleSentences[language.split('-')[0]!]!

function requireWhole({ samples, sampleRate, phones, words }: SpokenTrack) {
  expect(phones[0]!.startMs).toBe(0)
  expect(phones.at(-1)!.endMs).toBeCloseTo((samples.length / sampleRate) * 1000, 3)
  for (const [index, { startMs, endMs }] of phones.entries()) {
    expect(endMs).toBeGreaterThanOrEqual(startMs)
    if (index > 0) expect(startMs).toBe(phones[index - 1]!.endMs)
  }
  for (const [index, { startMs, endMs }] of words.entries()) {
    expect(endMs).toBeGreaterThanOrEqual(startMs)
    if (index > 0) expect(startMs).toBeGreaterThanOrEqual(words[index - 1]!.startMs)
  }
}

describe('the espeak voices', () => {
  it('have ids of their own, and a man and a woman for each language', () => {
    expect(new Set(espeakVoices.map(({ id }) => id)).size).toBe(espeakVoices.length)
    expect(espeakVoices.length).toBeGreaterThan(200)
    for (const language of new Set(espeakVoices.map((voice) => voice.language)))
      expect(espeakVoices.filter((voice) => voice.language === language).map(({ gender }) => gender)).toEqual([
        'male',
        'female',
      ])
  })

  it('say a sentence of their language in sounds that the lips know, without asking another language for help', async () => {
    const link = createEspeakLink()
    const troubles: string[] = []
    for (const { engineName, language } of espeakVoices.filter(({ gender }) => gender === 'male')) {
      const { sounds, samples } = await link.speak({ text: sentenceOf(language), voice: engineName, rate: 160 })
      const spoken = sounds.map(({ symbol }) => symbol).filter(isSpokenSymbol)
      const unknown = spoken.flatMap((symbol) => readIpa(symbol).unknown)
      const unseen = spoken.flatMap((symbol) => readIpa(symbol).sounds).filter((sound) => !visemes.has(sound))
      const foreign = sounds.filter(({ symbol }) => symbol.startsWith('('))
      if (samples.length < 22_050 || spoken.length < 15) troubles.push(`${engineName}: hardly speaks`)
      if (unknown.length + unseen.length > 0) troubles.push(`${engineName}: ${[...unknown, ...unseen].join(' ')}`)
      if (foreign.length > 0) troubles.push(`${engineName}: changes to ${foreign[0]!.symbol}`)
    }
    expect(troubles).toEqual([])
  })

  it.each([
    [
      'fr-fr-espeak',
      "Bonjour tout le monde ! Aujourd'hui, il fait beau.",
      "Bonjour tout le monde Aujourd'hui il fait beau",
    ],
    ['hi-in-espeak', 'नमस्ते, मैं एक तस्वीर हूँ। मैं बोल सकती हूँ।', 'नमस्ते मैं एक तस्वीर हूँ मैं बोल सकती हूँ'],
    ['ar-espeak', 'مرحبا، أنا صورة تتكلم. كيف حالك؟', 'مرحبا أنا صورة تتكلم كيف حالك'],
    ['zh-cn-espeak', '你好，我是一张照片。今天天气很好。', '你好 我是 一张 照片 今天 天气 很好'],
    ['de-de-espeak-f', 'Rock & Roll <b>laut</b> [[h@l@U]] {x} *fett*', 'Rock Roll b>laut</b h@l@U x fett'],
  ])('time every written word of %s', async (voice, text, words) => {
    const track = await speak(text, voice)
    requireWhole(track)
    expect(track.words.map(({ word }) => word).join(' ')).toBe(words)
  })

  it('obey no markup and no phoneme code in a script', async () => {
    const soundsOf = async (text: string) =>
      (await speak(text, 'fr-fr-espeak')).phones.map(({ phone }) => phone).join(' ')
    expect(await soundsOf('oui [[h@l@U]] non')).toBe(await soundsOf('oui ,,h@l@U,, non'))
    expect(secondsOf(await speak('oui <break time="9s"/> non', 'fr-fr-espeak'))).toBeLessThan(9)
  })

  it('cut writing without blanks at its sentence ends', async () => {
    const sentence = '今天天气很好，我们一起去公园散步吧。'
    const reports: number[] = []
    await speaker.speak({
      text: sentence.repeat(3),
      voice: 'zh-cn-espeak',
      speed: 1,
      pitchSemitones: 0,
      onProgress: (done) => reports.push(done),
    })
    expect(reports).toEqual([1, 2, 3].map((count) => count * sentence.length))
  })

  it('put the closure of a P where nothing is heard', async () => {
    const { phones, samples, sampleRate } = await speak(
      'Papa a pris une pipe, puis il a apporté la soupe à Papa.',
      'fr-fr-espeak',
    )
    const peak = Math.max(...samples)
    const between = phones.filter(({ phone }, index) => phone === 'p' && phones[index - 1]!.phone !== 'pau')
    expect(between.length).toBeGreaterThan(5)
    for (const { startMs, endMs } of between) {
      // The engine's own P is its burst alone, 20 to 30 ms.
      expect(endMs - startMs).toBeGreaterThan(38)
      const closed = samples.subarray(
        Math.round(((startMs + 6) * sampleRate) / 1000),
        Math.round(((startMs + 24) * sampleRate) / 1000),
      )
      expect(Math.max(...closed)).toBeLessThan(0.08 * peak)
    }
  })

  it('mark the stress where the language puts it', async () => {
    const { phones } = await speak('Domani andiamo al mare.', 'it-it-espeak')
    expect(phones.filter(({ stressed }) => stressed).map(({ phone }) => phone)).toEqual(['aa', 'aa', 'aa'])
  })

  it('honour speed and pitch', async () => {
    const text = sentenceOf('fr')
    const [usual, slow, fast] = await Promise.all([1, 0.5, 2].map((speed) => speak(text, 'fr-fr-espeak', { speed })))
    const saying = (track: SpokenTrack) => secondsOf(track) - 0.5
    expect(saying(slow!) / saying(usual!)).toBeCloseTo(2, 0)
    expect(saying(usual!) / saying(fast!)).toBeCloseTo(2, 0)
    const high = await speak(text, 'fr-fr-espeak', { pitchSemitones: 12 })
    // The engine carries a little of what it said before into what it says next.
    expect(Math.abs(secondsOf(high) / secondsOf(usual!) - 1)).toBeLessThan(0.02)
    expect(pitchOf(high) / pitchOf(usual!)).toBeCloseTo(2, 0)
    const woman = await speak(text, 'fr-fr-espeak-f')
    expect(pitchOf(woman)).toBeGreaterThan(1.5 * pitchOf(usual!))
  })

  it('read kanji, and time them as they are written', async () => {
    const { words, phones } = await speak('今日は東京から話しています。', 'ja-jp-espeak')
    expect(words.map(({ word }) => word)).toEqual(['今日', 'は', '東京', 'から', '話し', 'て', 'い', 'ます'])
    // kyoo wa tookyoo kara
    const start = phones.map(({ phone }) => phone).filter((phone) => phone !== 'pau')
    expect(start.slice(0, 4)).toEqual(['k', 'ow', 'w', 'aa'])
  })

  it.each([
    ['fr-fr-espeak', 'Bonjour Привет', 'П р и в е'],
    ['ja-jp-espeak', '私は Привет', 'П р и в е'],
    ['ru-ru-espeak', '😀 !!!', 'words'],
  ])('refuse with %s what they cannot read: %s', async (voice, text, told) => {
    const failure = await speak(text, voice).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', reason: 'script-not-speakable' })
    const { message, hint } = failure as { message: string; hint: string }
    expect(`${message} ${hint}`).toContain(told)
    expect(() => estimateSpeechSeconds(text, { voice, speed: 1 })).toThrow(
      expect.objectContaining({ reason: 'script-not-speakable' }),
    )
  })

  it('end at once when aborted', async () => {
    const aborting = new AbortController()
    const text = `${sentenceOf('de')} `.repeat(100)
    const speaking = speaker.speak({
      text,
      voice: 'de-de-espeak',
      speed: 1,
      pitchSemitones: 0,
      signal: aborting.signal,
      onProgress: () => aborting.abort(new Error('enough')),
    })
    await expect(speaking).rejects.toThrow('enough')
    await expect(speak('Noch da.', 'de-de-espeak')).resolves.toBeDefined()
  })

  it.each(['fr-fr-espeak', 'zh-cn-espeak', 'ar-espeak', 'ko-kr-espeak-f', 'de-de-espeak'])(
    'need the seconds that are estimated for %s',
    async (voice) => {
      const text = `${sentenceOf(espeakVoices.find(({ id }) => id === voice)!.language)}\n`.repeat(3)
      for (const speed of [0.5, 1, 2]) {
        const { low, high } = estimateSpeechSeconds(text, { voice, speed })
        const seconds = secondsOf(await speak(text, voice, { speed }))
        expect(seconds).toBeGreaterThan(low)
        expect(seconds).toBeLessThan(high)
      }
    },
  )
})
