import { describe, expect, it } from '@jest/globals'
import type { LipTrack, SpokenTrack } from '../../../../src/renderer/ports.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../../src/renderer/speech/lip-timing.ts'
import { visemeOf, visemes } from '../../../../src/renderer/speech/visemes.ts'

const leadMs = 20
const speaker = createFliteSpeaker()
const speak = (text: string, voice = 'en-us-kal16') => speaker.speak({ text, voice, speed: 1, pitchSemitones: 0 })
const at = (lips: LipTrack, values: Float32Array, soundMs: number) =>
  values[Math.round(((soundMs - leadMs) * lips.rateHz) / 1000)]!

/** Half a second of even noise per sound: timing and targets without a voice. */
function track(...names: readonly string[]): SpokenTrack {
  const phones = names.map((phone, index) => ({ phone, startMs: index * 200, endMs: (index + 1) * 200 }))
  const samples = Int16Array.from({ length: names.length * 3200 }, (_, i) => (i % 2 === 0 ? 4000 : -4000))
  return { sampleRate: 16_000, samples, phones, words: [] }
}

describe('planLips', () => {
  it.each(speaker.voices.map(({ id }) => id))(
    'shuts the lips in the middle of every P, B and M of %s',
    async (voice) => {
      const spoken = await speak(
        'My mother bought Bob a purple pumpkin, maybe. People jump up, hop by and mumble.',
        voice,
      )
      const lips = planLips(spoken)
      const seals = spoken.phones.filter(({ phone }) => ['p', 'b', 'm'].includes(phone))
      expect(seals.length).toBeGreaterThan(18)
      for (const { startMs, endMs } of seals) {
        const middle = (startMs + endMs) / 2
        expect(at(lips, lips.aperture, middle)).toBeLessThan(0.005)
        expect(at(lips, lips.press, middle)).toBeGreaterThan(0.98)
      }
    },
  )

  it('tucks the lower lip under the teeth for every F and V, teeth showing', async () => {
    const spoken = await speak('Five brave foxes leave for very fine coffee.')
    const lips = planLips(spoken)
    const tucks = spoken.phones.filter(({ phone }) => phone === 'f' || phone === 'v')
    expect(tucks.length).toBeGreaterThan(8)
    for (const { startMs, endMs } of tucks) {
      const middle = (startMs + endMs) / 2
      expect(at(lips, lips.tuck, middle)).toBeGreaterThan(0.95)
      expect(at(lips, lips.aperture, middle)).toBeLessThan(0.06)
    }
  })

  it('rests with the mouth shut at both ends and moves in between', async () => {
    const lips = planLips(await speak('Every animal on the farm is eating an apple.'))
    expect(lips.aperture[0]).toBeLessThan(0.01)
    expect(lips.aperture.at(-1)).toBeLessThan(0.001)
    expect(Math.max(...lips.aperture)).toBeGreaterThan(0.2)
    expect(Math.max(...lips.aperture)).toBeLessThanOrEqual(0.341)
  })

  it('fills every array with finite values in their ranges, one per 5 ms of sound', async () => {
    const spoken = await speak('She would choose a few good boys, though we all saw you join the voyage there.')
    const lips = planLips(spoken)
    expect(lips.rateHz).toBe(200)
    expect(lips.length).toBe(Math.ceil((spoken.samples.length / spoken.sampleRate) * 200) + 1)
    for (const [values, lowest, highest] of [
      [lips.aperture, 0, 0.34],
      [lips.width, -1, 1],
      [lips.rounding, 0, 1],
      [lips.upperRaise, 0, 1],
      [lips.press, 0, 1],
      [lips.tuck, 0, 1],
      [lips.tongue, 0, 1],
    ] as const) {
      expect(values).toHaveLength(lips.length)
      expect(values.every((value) => value >= lowest - 1e-6 && value <= highest + 1e-6)).toBe(true)
    }
  })

  it('rounds the lips for "oo" and spreads them for "ee"', () => {
    const lips = planLips(track('pau', 'uw', 'uw', 'pau', 'iy', 'iy', 'pau'))
    expect(at(lips, lips.rounding, 400)).toBeGreaterThan(0.8)
    expect(at(lips, lips.width, 400)).toBeLessThan(-0.6)
    expect(at(lips, lips.rounding, 1000)).toBeLessThan(0.05)
    expect(at(lips, lips.width, 1000)).toBeGreaterThan(0.6)
  })

  it('opens more for a low vowel than for a high one, and least for S', () => {
    const opening = (phone: string) => {
      const lips = planLips(track('ax', phone, 'ax'))
      return at(lips, lips.aperture, 300)
    }
    expect(opening('aa')).toBeGreaterThan(opening('eh'))
    expect(opening('eh')).toBeGreaterThan(opening('iy'))
    expect(opening('iy')).toBeGreaterThan(opening('s'))
  })

  it('rounds a T before "oo" more than a T before "ee"', () => {
    const roundingOfT = (vowel: string) => {
      const lips = planLips(track('pau', 't', vowel, 'pau'))
      return at(lips, lips.rounding, 330)
    }
    expect(roundingOfT('uw')).toBeGreaterThan(roundingOfT('iy') + 0.2)
  })

  it('is ahead of the sound by 20 ms', () => {
    const lips = planLips(track('aa', 'm', 'aa'))
    const shut = [...lips.press.keys()].filter((i) => lips.press[i]! > 0.999)
    const middleMs = ((shut[0]! + shut.at(-1)!) / 2) * 5
    expect(Math.abs(middleMs - (300 - leadMs))).toBeLessThanOrEqual(5)
  })

  it('opens less where the voice is softer', () => {
    const loud = track('aa', 'aa', 'aa', 'aa')
    const half = { ...loud, samples: loud.samples.map((sample, i) => (i < 6400 ? Math.round(sample / 8) : sample)) }
    const lips = planLips(half)
    expect(at(lips, lips.aperture, 200) / at(lips, lips.aperture, 700)).toBeLessThan(0.8)
  })

  it('moves without jumps: no step of the opening is faster than a mouth', async () => {
    const { aperture } = planLips(await speak('Papa, pick a big apple and a map from the top of the box.', 'en-us-slt'))
    const steps = aperture.slice(1).map((value, i) => Math.abs(value - aperture[i]!))
    expect(Math.max(...steps)).toBeLessThan(0.05)
  })

  it('gives stresses in order, on vowels of stressed syllables, apart from each other', async () => {
    const spoken = await speak('The careful gardener waters her beautiful yellow roses every single morning.')
    const { stressesMs } = planLips(spoken)
    expect(stressesMs.length).toBeGreaterThan(3)
    for (const [index, ms] of stressesMs.entries()) {
      expect(ms - (stressesMs[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(380)
      expect(spoken.phones.find(({ startMs, endMs }) => startMs <= ms && ms < endMs)?.stressed).toBe(true)
    }
  })

  it('keeps the mouth shut through silence', () => {
    const silent = { ...track('pau', 'pau'), samples: new Int16Array(6400) }
    expect(Math.max(...planLips(silent).aperture)).toBe(0)
  })
})

describe('visemes', () => {
  const cmuPhones =
    'aa ae ah ao aw ax axr ay b ch d dh dx eh el em en er ey f g hh hv ih iy jh k l m n nx ng ow oy p r s sh t th uh uw v w y z zh pau h# brth'

  it.each(cmuPhones.split(' '))('know %s', (phone) => {
    expect(visemes.has(phone)).toBe(true)
  })

  it('move a little for a sound that no table knows', () => {
    expect(visemeOf('ø').aperture).toBeGreaterThan(0)
    expect(visemeOf('ø').seal).toBeNull()
  })
})
