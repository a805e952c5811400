/** The sound of joined clips: one after the other, equally loud, each seam a short crossfade, so that nothing clicks or drops out. */
import { type MeasuredClip, soundRate } from './measure-clip.ts'

export interface PlacedSound {
  readonly clip: Pick<MeasuredClip, 'sound' | 'speech'>
  /** The stretch that is heard, in samples of the clip. */
  readonly from: number
  readonly to: number
}

const fadeSamples = Math.round(0.06 * soundRate)
const shortestFadeSamples = Math.round(0.005 * soundRate)
/** A clip is made louder or quieter by at most so many decibels: more would lift a room's noise into a roar. */
const mostDecibels = 12
/** A louder peak is cut off by every player. */
const ceiling = 10 ** (-1 / 20)
/** Peaks are what is louder than this share of the samples: a single click makes nobody quiet. */
const peakShare = 0.9995

/** @returns a 16-bit stereo WAV at `soundRate`, as long as all stretches together */
export function mixSound(placed: readonly PlacedSound[]): Buffer {
  const gains = evenGains(placed.map(({ clip }) => clip))
  const length = placed.reduce((sum, { from, to }) => sum + to - from, 0)
  const mixed = [new Float32Array(length), new Float32Array(length)] as const
  let at = 0
  for (const [index, { clip, from, to }] of placed.entries()) {
    const fades = fadesOf({ clip, from, to }, index > 0, index < placed.length - 1)
    for (const channel of [0, 1] as const) {
      const [source, target] = [clip.sound[channel], mixed[channel]]
      for (let sample = from; sample < to + fades.beyond && at + sample - from < length; sample++) {
        target[at + sample - from]! += (source[sample] ?? 0) * gains[index]! * fades.at(sample)
      }
    }
    at += to - from
  }
  return toWav(mixed)
}

/** One loudness for all that speak: the middle one, lower where a clip would be louder than full scale. */
export function evenGains(clips: readonly Pick<MeasuredClip, 'sound' | 'speech'>[]): readonly number[] {
  const levels = clips.flatMap(({ speech }) => speech?.decibels ?? [])
  if (levels.length === 0) return clips.map(() => 1)
  const middle = [...levels].sort((one, other) => one - other)[Math.floor((levels.length - 1) / 2)]!
  const tallest = Math.max(...clips.map(({ sound, speech }) => (speech ? peakDecibels(sound) - speech.decibels : -120)))
  const target = Math.min(middle, 20 * Math.log10(ceiling) - tallest)
  return clips.map(({ speech }) => {
    if (!speech) return 1
    return 10 ** (Math.max(-mostDecibels, Math.min(mostDecibels, target - speech.decibels)) / 20)
  })
}

/** How loud a sample is played: fading in after a seam, and beyond the next one fading out under the clip that follows. */
function fadesOf({ clip, from, to }: PlacedSound, isAfterSeam: boolean, isBeforeSeam: boolean) {
  const { length } = clip.sound[0]
  const speechFrom = Math.round((clip.speech?.from ?? 0) * soundRate)
  const rise = isAfterSeam ? Math.max(shortestFadeSamples, Math.min(fadeSamples, speechFrom - from)) : 0
  const beyond = isBeforeSeam ? Math.max(0, Math.min(fadeSamples, length - to)) : 0
  // A clip that has nothing beyond the seam falls silent just before it.
  const fall = Math.max(beyond, shortestFadeSamples)
  const fallFrom = beyond >= shortestFadeSamples ? to : Math.min(to, length) - shortestFadeSamples
  const share = (sample: number) => {
    const risen = rise === 0 ? 1 : Math.min(1, (sample - from + 0.5) / rise)
    const fallen = isBeforeSeam ? Math.max(0, Math.min(1, (sample - fallFrom + 0.5) / fall)) : 0
    return Math.sin((risen * Math.PI) / 2) * Math.cos((fallen * Math.PI) / 2)
  }
  return { beyond, at: share }
}

function peakDecibels([left, right]: MeasuredClip['sound']): number {
  const sorted = left.map((sample, at) => Math.max(Math.abs(sample), Math.abs(right[at] ?? 0))).sort()
  return 20 * Math.log10(Math.max(1e-6, sorted[Math.floor(peakShare * (sorted.length - 1))] ?? 0))
}

function toWav([left, right]: readonly [Float32Array, Float32Array]): Buffer {
  const bytes = left.length * 4
  const wav = Buffer.alloc(44 + bytes)
  wav.write('RIFF', 0, 'latin1')
  wav.writeUInt32LE(36 + bytes, 4)
  wav.write('WAVEfmt ', 8, 'latin1')
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(2, 22)
  wav.writeUInt32LE(soundRate, 24)
  wav.writeUInt32LE(soundRate * 4, 28)
  wav.writeUInt16LE(4, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36, 'latin1')
  wav.writeUInt32LE(bytes, 40)
  const word = (sample: number) => Math.round(Math.max(-ceiling, Math.min(ceiling, sample)) * 32_767)
  for (let at = 0; at < left.length; at++) {
    wav.writeInt16LE(word(left[at]!), 44 + at * 4)
    wav.writeInt16LE(word(right[at]!), 46 + at * 4)
  }
  return wav
}
