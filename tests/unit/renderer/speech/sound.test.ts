import { describe, expect, it } from '@jest/globals'
import { decodeWav, encodeWav, fadeEdges } from '../../../../src/renderer/speech/audio.ts'
import { enhance, gatedLoudnessDbfs, protectPeaks } from '../../../../src/renderer/speech/enhance.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'

const rate = 16_000
const ceiling = 32_768 * 10 ** (-1 / 20)
const tone = (hz: number, amplitude: number, seconds = 2) =>
  Int16Array.from({ length: seconds * rate }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)))
const mix = (...parts: readonly Int16Array[]) => parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0))
const loudness = (samples: Int16Array) =>
  gatedLoudnessDbfs(
    Float64Array.from(samples, (sample) => sample / 32_768),
    rate,
  )
const peak = (samples: Int16Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

/** Amplitude of one frequency, by Goertzel's sum. */
function amplitudeAt(samples: Int16Array, hz: number): number {
  let real = 0
  let imaginary = 0
  for (const [i, sample] of samples.entries()) {
    real += sample * Math.cos((2 * Math.PI * hz * i) / rate)
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / rate)
  }
  return (2 * Math.hypot(real, imaginary)) / samples.length
}

describe('enhance', () => {
  it.each(['en-us-slt', 'en-us-rms', 'en-gb-awb', 'en-us-kal16'])(
    'brings %s to -18 dBFS with no peak above -1 dBFS',
    async (voice) => {
      const text = 'Every morning the baker opens his shop. Then he sweeps the floor, and waits.'
      const { samples, sampleRate } = await createFliteSpeaker().speak({ text, voice, speed: 1, pitchSemitones: 0 })
      const better = enhance(samples, sampleRate)
      expect(better).toHaveLength(samples.length)
      expect(Math.abs(loudness(better)! + 18)).toBeLessThan(0.7)
      expect(peak(better)).toBeLessThanOrEqual(Math.ceil(ceiling))
      expect(Buffer.from(enhance(samples, sampleRate).buffer).equals(Buffer.from(better.buffer))).toBe(true)
    },
  )

  it('takes rumble out and lifts presence, against the middle of the voice', () => {
    const before = mix(tone(35, 2000), tone(500, 2000), tone(5000, 2000))
    const after = enhance(before, rate)
    const decibels = (hz: number) => 20 * Math.log10(amplitudeAt(after, hz) / amplitudeAt(after, 500))
    expect(decibels(35)).toBeLessThan(-10)
    expect(decibels(5000)).toBeGreaterThan(2)
    expect(decibels(5000)).toBeLessThan(3.5)
  })

  it('measures loudness over the speech, not over the pauses', () => {
    const speech = tone(400, 3000)
    const paused = Int16Array.from([...speech, ...new Int16Array(4 * rate), ...speech])
    expect(Math.abs(loudness(paused)! - loudness(speech)!)).toBeLessThan(0.8)
  })

  it('leaves silence silent', () => {
    expect(peak(enhance(new Int16Array(rate), rate))).toBe(0)
    expect(enhance(new Int16Array(0), rate)).toHaveLength(0)
  })
})

describe('protectPeaks', () => {
  it('leaves sound below -1 dBFS alone, sample by sample', () => {
    const quiet = tone(300, 20_000)
    expect(protectPeaks(quiet, rate)).toEqual(quiet)
  })

  it('holds peaks under -1 dBFS without touching what is far from them', () => {
    const sound = tone(300, 10_000)
    for (let i = 16_000; i < 16_040; i++) sound[i] = i % 2 ? 32_767 : -32_768
    const safe = protectPeaks(sound, rate)
    expect(peak(safe)).toBeLessThanOrEqual(Math.ceil(ceiling))
    expect(safe.slice(0, 15_500)).toEqual(sound.slice(0, 15_500))
    expect(safe.slice(17_000)).toEqual(sound.slice(17_000))
  })
})

describe('sound files', () => {
  it('come back from WAV as they went in', () => {
    const sound = { sampleRate: 22_050, samples: Int16Array.from([0, 1, -1, 32_767, -32_768, 1234]) }
    const file = encodeWav(sound)
    expect(file.toString('latin1', 0, 4)).toBe('RIFF')
    expect(file.readUInt32LE(4)).toBe(file.length - 8)
    expect(file.readUInt32LE(40)).toBe(12)
    expect(decodeWav(file)).toEqual(sound)
  })

  it('fade from and to nothing at their edges only', () => {
    const samples = new Int16Array(1000).fill(1000)
    fadeEdges(samples, 100)
    expect([samples[0], samples[999], samples[100], samples[899]]).toEqual([0, 0, 1000, 1000])
    expect(samples[50]).toBeGreaterThan(samples[10]!)
  })
})
