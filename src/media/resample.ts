/**
 * Changes the sample rate of a stream with a windowed sinc: everything above the lower of the two Nyquist frequencies is
 * taken away first, so nothing folds down into the voice.
 */
export interface Resampler {
  /** The samples that can be made so far. */
  push(input: Float32Array): Float32Array
  /** The rest, as if silence followed. */
  end(): Float32Array
}

/** Zero crossings of the sinc to each side: 24 hold -80 dB beyond 8 % above the edge. */
const crossings = 24
/** Part of the lower Nyquist frequency that is kept whole. */
const passband = 0.92
/** Positions between two input samples that the window is tabulated for; linear in between. */
const tableSteps = 512

export function createResampler(from: number, to: number): Resampler {
  if (from === to) return { push: (input) => input.slice(), end: () => new Float32Array(0) }
  const cutoff = passband * Math.min(1, to / from)
  const reach = Math.ceil(crossings / cutoff)
  const table = windowedSinc(cutoff, reach)
  // The stream begins in silence, so that the first samples have something before them.
  let held = new Float32Array(reach)
  let heldFrom = -reach
  let made = 0
  let received = 0

  const make = (limit: number): Float32Array => {
    const count = Math.max(0, limit - made)
    const output = new Float32Array(count)
    for (let i = 0; i < count; i++) {
      const place = ((made + i) * from) / to
      const first = Math.ceil(place - reach)
      const last = Math.floor(place + reach)
      let sum = 0
      for (let at = first; at <= last; at++) sum += held[at - heldFrom]! * lookUp(table, Math.abs(at - place))
      output[i] = sum
    }
    made += count
    const keepFrom = Math.floor((made * from) / to) - reach - 1
    const drop = Math.min(held.length, Math.max(0, keepFrom - heldFrom))
    held = held.slice(drop)
    heldFrom += drop
    return output
  }
  const hold = (input: Float32Array): void => {
    const longer = new Float32Array(held.length + input.length)
    longer.set(held)
    longer.set(input, held.length)
    held = longer
  }
  return {
    push(input) {
      hold(input)
      received += input.length
      return make(Math.floor(((received - reach - 1) * to) / from))
    },
    end() {
      hold(new Float32Array(2 * reach + 2))
      return make(Math.round((received * to) / from))
    },
  }
}

function windowedSinc(cutoff: number, reach: number): Float32Array {
  return Float32Array.from({ length: reach * tableSteps + 2 }, (_, i) => {
    const x = i / tableSteps
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x)
    const t = Math.min(1, x / reach)
    const blackman = 0.42 + 0.5 * Math.cos(Math.PI * t) + 0.08 * Math.cos(2 * Math.PI * t)
    return cutoff * sinc * blackman
  })
}

function lookUp(table: Float32Array, distance: number): number {
  const place = distance * tableSteps
  const at = Math.floor(place)
  if (at + 1 >= table.length) return 0
  return table[at]! + (place - at) * (table[at + 1]! - table[at]!)
}
