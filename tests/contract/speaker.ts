/**
 * What every speaker must do, wherever its voice comes from.
 *
 * Each rule was broken once, and what saw it:
 *   phones from 0 to the end, contiguous <- a cloud voice's sounds shifted by 10 ms ..... 'tells every sound from the first moment to the last'
 *   words in order, inside <- two words swapped .......................................... 'tells every word, …'
 *   something is heard <- the samples of the cloud voice zeroed .......................... 'is heard where it speaks, …'
 *   unknown voices are refused <- the first voice taken instead .......................... 'refuses a voice that it does not have'
 *   abort stops <- the signal not handed on .............................................. 'stops when it is told to, …'
 */
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Speaker, SpeakRequest, SpokenTrack } from '../../src/renderer/ports.ts'
import { visemes } from '../../src/renderer/speech/visemes.ts'

export interface SpeakerRig {
  readonly speaker: Speaker
  readonly close?: () => Promise<void>
}

export function describeSpeaker(
  name: string,
  { open, voice, text, words }: { open(): Promise<SpeakerRig>; voice: string; text: string; words: readonly string[] },
): void {
  describe(`${name} as a speaker`, () => {
    const speak = async (changes: Partial<SpeakRequest> = {}): Promise<SpokenTrack> => {
      const { speaker, close } = await open()
      try {
        return await speaker.speak({ text, voice, speed: 1, pitchSemitones: 0, ...changes })
      } finally {
        await close?.()
      }
    }
    let track: SpokenTrack
    let lengthMs: number
    beforeAll(async () => {
      track = await speak()
      lengthMs = (track.samples.length * 1000) / track.sampleRate
    })

    it('says which voices it has, the asked one among them', async () => {
      const { speaker, close } = await open()
      await close?.()
      expect(speaker.voices.map(({ id }) => id)).toContain(voice)
      expect(new Set(speaker.voices.map(({ id }) => id)).size).toBe(speaker.voices.length)
    })

    it('tells every sound from the first moment to the last, in symbols that the lips know', () => {
      const { phones } = track
      expect(phones[0]!.startMs).toBe(0)
      expect(phones.at(-1)!.endMs).toBeCloseTo(lengthMs, 3)
      for (const [index, { phone, startMs, endMs }] of phones.entries()) {
        expect(visemes.has(phone)).toBe(true)
        expect(startMs).toBe(phones[index - 1]?.endMs ?? 0)
        expect(endMs).toBeGreaterThanOrEqual(startMs)
      }
      expect(phones.filter(({ phone }) => phone !== 'pau').length).toBeGreaterThan(words.length)
    })

    it('tells every word, in order and inside', () => {
      expect(track.words.map(({ word }) => word)).toEqual(words)
      for (const [index, { startMs, endMs }] of track.words.entries()) {
        expect(startMs).toBeGreaterThanOrEqual(track.words[index - 1]?.startMs ?? 0)
        expect(endMs).toBeGreaterThan(startMs)
        expect(endMs).toBeLessThanOrEqual(lengthMs + 0.001)
      }
    })

    it('is heard where it speaks, and still where it pauses', () => {
      const { samples, sampleRate, phones } = track
      const levelOf = (wanted: (phone: string) => boolean) => {
        let [sum, count] = [0, 0]
        for (const { phone, startMs, endMs } of phones) {
          if (!wanted(phone)) continue
          const part = samples.subarray(
            Math.round((startMs * sampleRate) / 1000),
            Math.round((endMs * sampleRate) / 1000),
          )
          for (const sample of part) sum += sample ** 2
          count += part.length
        }
        return Math.sqrt(sum / Math.max(1, count))
      }
      expect(levelOf((phone) => phone !== 'pau')).toBeGreaterThan(300)
      expect(levelOf((phone) => phone === 'pau')).toBeLessThan(0.3 * levelOf((phone) => phone !== 'pau'))
    })

    it('refuses a voice that it does not have', async () => {
      await expect(speak({ voice: 'nobody' })).rejects.toMatchObject({ reason: 'voice-unknown' })
    })

    it('stops when it is told to, with the reason', async () => {
      const reason = new Error('no longer wanted')
      await expect(speak({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    })
  })
}
