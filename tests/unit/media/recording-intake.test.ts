import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Failure } from '../../../src/errors.ts'
import { type PreparedRecording, prepareRecording, recordingRate } from '../../../src/media/recording-intake.ts'
import { aTone, aWav, type WavOptions } from './a-wav.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'recordings-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let count = 0
const place = async (bytes: Buffer) => {
  const directory = join(root, String(++count))
  await mkdir(directory)
  const file = join(root, `${count}.upload`)
  await writeFile(file, bytes)
  return { file, directory }
}
const take = async (bytes: Buffer, maxSeconds = 60): Promise<PreparedRecording & { samples: Float32Array }> => {
  const { file, directory } = await place(bytes)
  const prepared = await prepareRecording(file, directory, { maxSeconds })
  const copy = await readFile(prepared.file)
  expect(copy.length).toBe(prepared.bytes)
  expect([copy.readUInt32LE(24), copy.readUInt16LE(22), copy.readUInt16LE(34)]).toEqual([recordingRate, 1, 16])
  expect(copy.readUInt32LE(40)).toBe(copy.length - 44)
  const samples = Float32Array.from({ length: (copy.length - 44) / 2 }, (_, i) => copy.readInt16LE(44 + 2 * i) / 32_768)
  return { ...prepared, samples }
}
const refusal = async (bytes: Buffer, maxSeconds = 60): Promise<Failure> => {
  const { file, directory } = await place(bytes)
  const error = await prepareRecording(file, directory, { maxSeconds }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof Failure)) throw new Error(`no Failure: ${error}`)
  expect(await readdir(directory)).toEqual([])
  expect(error.hint).toBeTruthy()
  return error
}
/** Amplitude of one frequency, away from the edges. */
const levelOf = (samples: Float32Array, hz: number) => {
  const inner = samples.subarray(2400, samples.length - 2400)
  let [real, imaginary] = [0, 0]
  for (const [i, sample] of inner.entries()) {
    real += sample * Math.cos((2 * Math.PI * hz * i) / recordingRate)
    imaginary += sample * Math.sin((2 * Math.PI * hz * i) / recordingRate)
  }
  return (2 * Math.hypot(real, imaginary)) / inner.length
}

describe('a WAV', () => {
  const kinds: readonly (readonly [string, WavOptions])[] = [
    ['8-bit', { bits: 8 }],
    ['16-bit', { bits: 16 }],
    ['24-bit', { bits: 24 }],
    ['32-bit', { bits: 32 }],
    ['32-bit float', { bits: 32, float: true }],
    ['stereo', { channels: 2 }],
    ['8-channel 24-bit extensible', { channels: 8, bits: 24, extensible: true }],
    ['extensible float', { bits: 32, float: true, extensible: true }],
    [
      'with chunks of odd length before its sound',
      {
        before: [
          ['LIST', Buffer.from('INFOx')],
          ['bext', Buffer.alloc(603)],
        ],
      },
    ],
    ['that says it has no sound yet', { toldBytes: 0 }],
    ['that says it is endless', { toldBytes: 0xffff_ffff }],
  ]
  it.each(kinds)('%s becomes 24 kHz mono', async (_kind, options) => {
    const { samples, seconds } = await take(aWav(aTone(440, 1, 16_000), options))
    expect(seconds).toBeCloseTo(1, 3)
    expect(levelOf(samples, 440)).toBeCloseTo(0.5, 1)
  })

  it.each([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])(
    'of %i Hz keeps its pitch and length',
    async (rate) => {
      const { samples, seconds } = await take(aWav(aTone(1000, 1, rate), { sampleRate: rate }))
      expect(seconds).toBeCloseTo(1, 3)
      expect(levelOf(samples, 1000)).toBeCloseTo(0.5, 2)
    },
  )

  it('above the new edge folds nothing down into the voice', async () => {
    const { samples } = await take(aWav(aTone(14_000, 1, 48_000), { sampleRate: 48_000 })).catch(() => ({
      samples: null,
    }))
    // 14 kHz would be heard at 10 kHz. Nothing being left, it may also be refused as silent.
    if (samples) expect(levelOf(samples, 10_000)).toBeLessThan(0.5 * 10 ** (-60 / 20))
  })

  it('is known by the hash of what was uploaded', async () => {
    const one = await take(aWav(aTone(440, 1, 16_000)))
    const two = await take(aWav(aTone(440, 1, 16_000), { before: [['LIST', Buffer.from('INFO')]] }))
    expect(one.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(two.sha256).not.toBe(one.sha256)
  })

  it('that was cut off is read as far as it goes', async () => {
    const whole = aWav(aTone(440, 2, 16_000), { channels: 2 })
    const { seconds } = await take(whole.subarray(0, whole.length / 2 + 1))
    expect(seconds).toBeCloseTo(1, 2)
  })

  it('with not-a-numbers in it is read without them', async () => {
    const sound = aTone(440, 1, 16_000)
    sound.fill(Number.NaN, 100, 110)
    sound[200] = Number.POSITIVE_INFINITY
    const { samples } = await take(aWav(sound, { bits: 32, float: true }))
    expect(levelOf(samples, 440)).toBeCloseTo(0.5, 1)
  })
})

describe('what is no usable recording', () => {
  const tone = aTone(440, 1, 16_000)
  const refused: readonly (readonly [string, Buffer, string])[] = [
    ['nothing', Buffer.alloc(0), 'recording-empty'],
    ['silence', aWav(new Float32Array(16_000)), 'recording-silent'],
    ['a blink', aWav(aTone(440, 0.2, 16_000)), 'recording-too-short'],
    ['a header alone', aWav([]), 'recording-too-short'],
    ['a minute and a second', aWav(aTone(440, 61, 8_000), { sampleRate: 8_000, bits: 8 }), 'recording-too-long'],
    ['a WAV of compressed samples', aWav(tone, { tag: 0x55 }), 'recording-format-unsupported'],
    ['9 channels', aWav(tone, { channels: 9 }), 'recording-format-unsupported'],
    ['4 kHz', aWav(tone, { sampleRate: 4_000 }), 'recording-format-unsupported'],
    ['no channels', aWav([], { channels: 0 }), 'recording-format-unsupported'],
    ['a RIFF without chunks', aWav(tone).subarray(0, 12), 'recording-undecodable'],
    ['a format that is cut off', aWav(tone).subarray(0, 26), 'recording-undecodable'],
    [
      'a chunk that says it is endless',
      aWav(tone, { before: [['LIST', Buffer.alloc(0)]] }).fill(0xff, 16, 20),
      'recording-undecodable',
    ],
  ]
  it.each(refused)('%s is refused', async (_what, bytes, reason) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'INVALID_REQUEST', reason, status: 422 })
  })

  it.each([
    ['MP3', Buffer.from('ID3\x04rest')],
    ['MP3', Buffer.from([0xff, 0xfb, 0x90, 0x00])],
    ['Ogg', Buffer.from('OggS\0')],
    ['M4A', Buffer.from('\0\0\0\x20ftypM4A ')],
    ['WebM', Buffer.from([0x1a, 0x45, 0xdf, 0xa3])],
    ['FLAC', Buffer.from('fLaC')],
    ['WAV above 4 GB (RF64)', Buffer.from('RF64\xff\xff\xff\xffWAVE', 'latin1')],
  ])('%s is refused by its name, with the way to convert it', async (name, bytes) => {
    const failure = await refusal(bytes)
    expect(failure).toMatchObject({ reason: 'audio-type-unsupported', status: 415, extra: { found: name } })
    expect(failure.hint).toContain('ffmpeg -i')
  })

  it('of any kind never breaks the reader', async () => {
    const whole = aWav(aTone(440, 0.5, 16_000), { before: [['LIST', Buffer.from('INFOx')]], extensible: true })
    let state = 1
    const chance = () => {
      state = (state * 1_664_525 + 1_013_904_223) >>> 0
      return state / 2 ** 32
    }
    for (let round = 0; round < 200; round++) {
      const broken = Buffer.from(whole.subarray(0, Math.ceil(chance() * whole.length)))
      for (let k = 0; k < 4; k++)
        broken[Math.floor(chance() * Math.min(90, broken.length))] = Math.floor(chance() * 256)
      const { file, directory } = await place(broken)
      const outcome = await prepareRecording(file, directory, { maxSeconds: 60 }).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Failure)
    }
  })
})
