import { describe, expect, it } from '@jest/globals'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { estimateSpeechSeconds } from '../../../../src/renderer/speech/measure-speech.ts'
import { variedTexts } from './varied-texts.ts'

const speaker = createFliteSpeaker()

describe('estimateSpeechSeconds', () => {
  /** The statistical voices are slow, so they speak a part of the texts here; all four were measured on all of them. */
  it.each([
    ['en-us-kal16', variedTexts],
    ['en-us-slt', variedTexts.filter((_, index) => index % 4 === 0)],
  ] as const)(
    'has the true length of nearly all texts of %s in its band, and of all above six seconds',
    async (voice, texts) => {
      const misses: number[] = []
      for (const text of texts) {
        const { low, high } = estimateSpeechSeconds(text, { voice, speed: 1 })
        const { samples, sampleRate } = await speaker.speak({ text, voice, speed: 1, pitchSemitones: 0 })
        const seconds = samples.length / sampleRate
        if (seconds < low || seconds > high) misses.push(seconds)
      }
      expect(misses.length).toBeLessThanOrEqual(3)
      expect(misses.filter((seconds) => seconds > 6)).toEqual([])
    },
  )

  it('narrows its band as the text grows, so that few scripts have to be spoken to be measured', () => {
    const width = (text: string) => {
      const { seconds, low, high } = estimateSpeechSeconds(text, { voice: 'en-us-slt', speed: 1 })
      return (high - low) / seconds
    }
    const sentence = 'The garden was quiet and the light was almost gone. '
    expect(width(sentence)).toBeGreaterThan(width(sentence.repeat(20)))
    expect(width(sentence.repeat(20))).toBeLessThan(0.2)
  })

  it.each([0.5, 1, 2])('knows the speed %d', async (speed) => {
    const text = 'The garden was quiet, and the light was almost gone. Nobody spoke.\nThen the bell rang.'
    const { low, high } = estimateSpeechSeconds(text, { voice: 'en-us-kal16', speed })
    const { samples } = await speaker.speak({ text, voice: 'en-us-kal16', speed, pitchSemitones: 0 })
    expect(samples.length / 16_000).toBeGreaterThan(low)
    expect(samples.length / 16_000).toBeLessThan(high)
  })

  it('refuses what the speaker refuses', () => {
    const estimate = (text: string, voice = 'en-us-slt', speed = 1) => estimateSpeechSeconds(text, { voice, speed })
    expect(() => estimate('🎉')).toThrow(expect.objectContaining({ reason: 'script-not-speakable' }))
    expect(() => estimate('Hi', 'nobody')).toThrow(expect.objectContaining({ reason: 'voice-unknown' }))
    expect(() => estimate('Hi', 'en-us-slt', 9)).toThrow(expect.objectContaining({ reason: 'speed-out-of-range' }))
  })

  it('knows every voice that the speaker has', () => {
    for (const { id } of speaker.voices)
      expect(estimateSpeechSeconds('Hello', { voice: id, speed: 1 }).seconds).toBeGreaterThan(0.5)
  })
})
