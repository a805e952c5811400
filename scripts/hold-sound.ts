import type { LipTrack } from '../src/renderer/ports.ts'
import { visemeOf } from '../src/renderer/speech/visemes.ts'

/** A mouth that holds one sound for a second. */
export function holdSound(sound: string): LipTrack {
  const { aperture, width, rounding, upperRaise, tongue, seal } = visemeOf(sound)
  const hold = (value: number): Float32Array => new Float32Array(200).fill(value)
  return {
    rateHz: 200,
    length: 200,
    aperture: hold(seal === 'teeth' ? aperture * 0.5 : aperture),
    width: hold(width),
    rounding: hold(rounding),
    upperRaise: hold(upperRaise),
    press: hold(seal === 'lips' ? 1 : 0),
    tuck: hold(seal === 'teeth' ? 1 : 0),
    tongue: hold(tongue),
    stressesMs: [],
  }
}
