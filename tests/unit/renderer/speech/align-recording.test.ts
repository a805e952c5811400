import { beforeAll, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../../src/errors.ts'
import type { SpokenTrack } from '../../../../src/renderer/ports.ts'
import { alignRecording } from '../../../../src/renderer/speech/align-recording.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../../src/renderer/speech/lip-timing.ts'
import { chances, closuresHit, onlyWords, resampled, scaled, withNoise, withPauses } from './a-recording.ts'

const speaker = createFliteSpeaker()
const scripts = [
  'Bob and Pam made a map of the park, but maybe somebody moved the bridge by the pond.',
  'My mother bought a purple umbrella. Perhaps it will be useful when November begins.',
  'Please remember to bring bread, butter and some apples. We may camp by the lake.',
]
const other = 'The station closes early tonight. You should catch a train before it gets too late.'
const voices = ['en-us-slt', 'en-us-rms', 'en-gb-awb']
const pairs = voices.flatMap((a) => voices.filter((b) => b !== a).map((b) => [a, b] as const))

const spoken = new Map<string, SpokenTrack>()
const say = async (text: string, voice: string, speed = 1): Promise<SpokenTrack> => {
  const key = `${voice} ${speed} ${text}`
  const track = spoken.get(key) ?? (await speaker.speak({ text, voice, speed, pitchSemitones: 0 }))
  spoken.set(key, track)
  return track
}
const refusal = (reference: SpokenTrack, recording: Pick<SpokenTrack, 'samples' | 'sampleRate'>): Failure => {
  try {
    alignRecording(reference, recording)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a recording laid under the words of a reference voice', () => {
  it.each(pairs)('has its closures found by %s when %s speaks', async (reference, voice) => {
    const shares: number[] = []
    for (const script of scripts) {
      const truth = await say(script, voice)
      shares.push(closuresHit(truth, alignRecording(await say(script, reference), truth)))
    }
    expect(shares.reduce((sum, share) => sum + share) / shares.length).toBeGreaterThanOrEqual(0.85)
  })

  it('is much nearer to the truth than the reference stretched to its length', async () => {
    const [reference, truth] = [await say(scripts[0]!, 'en-us-rms'), await say(scripts[0]!, 'en-us-slt')]
    const factor = truth.samples.length / reference.samples.length
    const stretched = (phone: SpokenTrack['phones'][number]) => ({
      ...phone,
      startMs: phone.startMs * factor,
      endMs: phone.endMs * factor,
    })
    expect(closuresHit(truth, { ...reference, phones: reference.phones.map(stretched) })).toBeLessThan(0.7)
  })

  const changed: readonly (readonly [string, (track: SpokenTrack) => SpokenTrack])[] = [
    ['in a noisy room', (track) => withNoise(track, 20)],
    [
      'between long silences',
      (track) =>
        withNoise(
          withPauses(track, [
            [0, 3000],
            [track.samples.length / 16, 4000],
          ]),
          30,
        ),
    ],
    ['very quiet', (track) => scaled(track, 1 / 60)],
    ['too loud, clipped', (track) => scaled(track, 5)],
    ['at 8 kHz', (track) => resampled(track, 8000)],
    ['at 48 kHz', (track) => resampled(track, 48_000)],
  ]
  it.each(changed)('has its closures found %s', async (_how, change) => {
    const shares: number[] = []
    for (const script of scripts) {
      const truth = change(await say(script, 'en-us-rms'))
      shares.push(closuresHit(truth, alignRecording(await say(script, 'en-us-slt'), truth)))
    }
    expect(shares.reduce((sum, share) => sum + share) / shares.length).toBeGreaterThanOrEqual(0.85)
  })

  it.each([0.6, 1.7])('has its closures found at %f times the speed', async (speed) => {
    const truth = await say(scripts[1]!, 'en-gb-awb', speed)
    expect(closuresHit(truth, alignRecording(await say(scripts[1]!, 'en-us-slt'), truth))).toBeGreaterThanOrEqual(0.85)
  })

  it('gets the pauses that its speaker makes between words', async () => {
    const chance = chances(3)
    const plain = await say(scripts[0]!, 'en-us-rms')
    const pauses = plain.words.filter(() => chance() < 0.3).map(({ endMs }) => [endMs, 300 + 900 * chance()] as const)
    expect(pauses.length).toBeGreaterThan(3)
    const truth = withNoise(withPauses(plain, pauses), 30)
    const found = alignRecording(await say(scripts[0]!, 'en-us-slt'), truth)
    expect(closuresHit(truth, found)).toBeGreaterThanOrEqual(0.85)
    const silent = (track: SpokenTrack) =>
      track.phones.reduce((sum, { phone, startMs, endMs }) => (phone === 'pau' ? sum + endMs - startMs : sum), 0)
    const made = pauses.reduce((sum, [, length]) => sum + length, 0)
    expect(silent(found)).toBeGreaterThan(0.8 * made)
    const late = truth.words.filter(({ startMs }, index) => Math.abs(found.words[index]!.startMs - startMs) > 60)
    expect(late.length).toBeLessThanOrEqual(2)
  })

  it('keeps its own samples, with contiguous sounds from 0 to its end', async () => {
    const recording = withPauses(await say(scripts[2]!, 'en-us-rms'), [[0, 1234]])
    const { samples, sampleRate, phones, words } = alignRecording(await say(scripts[2]!, 'en-us-slt'), recording)
    expect(samples).toBe(recording.samples)
    for (const [index, { startMs, endMs }] of phones.entries()) {
      expect(startMs).toBe(phones[index - 1]?.endMs ?? 0)
      expect(endMs).toBeGreaterThanOrEqual(startMs)
    }
    expect(phones.at(-1)!.endMs).toBeCloseTo((samples.length / sampleRate) * 1000, 6)
    expect(words.map(({ word }) => word)).toEqual((await say(scripts[2]!, 'en-us-slt')).words.map(({ word }) => word))
    expect(Math.min(...planLips({ samples, sampleRate, phones, words }).aperture)).toBeGreaterThanOrEqual(0)
  })
})

describe('what does not belong to the script', () => {
  let reference: SpokenTrack
  beforeAll(async () => {
    reference = await say(scripts[0]!, 'en-us-slt')
  })

  it.each(voices)('is refused: other words by %s', async (voice) => {
    const failure = refusal(reference, await say(other, voice))
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', reason: 'recording-does-not-match', status: 422 })
    expect(failure.message).toMatch(/Something else is said/)
    expect(failure.hint).toMatch(/word for word/)
  })

  it('is refused: other words in a noisy room', async () => {
    expect(refusal(reference, withNoise(await say(other, 'en-us-rms'), 15)).message).toMatch(/Something else is said/)
  })

  it('is refused: music', () => {
    const notes = [262, 330, 392, 523, 440, 349, 294, 392]
    const samples = Int16Array.from({ length: 5 * 16_000 }, (_, i) => {
      const note = notes[Math.floor(i / 6000) % notes.length]!
      const fade = Math.exp(-(i % 6000) / 3000)
      const tone = [1, 2, 3, 4].reduce((sum, k) => sum + Math.sin((2 * Math.PI * note * k * i) / 16_000) / k, 0)
      return 6000 * fade * tone
    })
    expect(refusal(reference, { sampleRate: 16_000, samples }).message).toMatch(/Something else is said/)
  })

  it.each(['noise', 'silence'])('is refused: %s', (what) => {
    const chance = chances(1)
    const samples = Int16Array.from({ length: 5 * 16_000 }, () => (what === 'noise' ? 8000 * (chance() - 0.5) : 0))
    expect(refusal(reference, { sampleRate: 16_000, samples }).reason).toBe('recording-silent')
  })

  it('is refused: half of the words, telling which are missing', async () => {
    const script = `${scripts[0]} ${scripts[1]}`
    const whole = await say(script, 'en-us-rms')
    const failure = refusal(await say(script, 'en-us-slt'), onlyWords(whole, 0, 22))
    expect(failure.reason).toBe('recording-does-not-match')
    expect(failure.extra.missing_words).toEqual(expect.arrayContaining(['umbrella', 'Perhaps']))
  })
})
