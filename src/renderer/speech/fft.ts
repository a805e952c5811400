/** A complex fast Fourier transform in place, radix 2, with the tables of one size. */
export interface Fft {
  readonly size: number
  /** Transforms `size` complex numbers in place; with `inverse` back again, scaled. */
  transform(real: Float64Array, imaginary: Float64Array, inverse?: boolean): void
}

export function createFft(size: number): Fft {
  const bits = Math.log2(size)
  if (!Number.isInteger(bits) || size < 2) throw new TypeError(`not a power of two: ${size}`)
  const cosines = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size))
  const sines = Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size))
  const mirrored = new Uint32Array(size)
  for (let i = 0; i < size; i++) mirrored[i] = (mirrored[i >> 1]! >> 1) | ((i & 1) << (bits - 1))

  return {
    size,
    transform(real, imaginary, inverse = false) {
      for (let i = 0; i < size; i++) {
        const j = mirrored[i]!
        if (j <= i) continue
        swap(real, i, j)
        swap(imaginary, i, j)
      }
      const sign = inverse ? 1 : -1
      for (let half = 1; half < size; half *= 2) {
        const stride = size / (2 * half)
        for (let start = 0; start < size; start += 2 * half) {
          for (let k = 0; k < half; k++) {
            const cos = cosines[k * stride]!
            const sin = sign * sines[k * stride]!
            const a = start + k
            const b = a + half
            const re = real[b]! * cos - imaginary[b]! * sin
            const im = real[b]! * sin + imaginary[b]! * cos
            real[b] = real[a]! - re
            imaginary[b] = imaginary[a]! - im
            real[a]! += re
            imaginary[a]! += im
          }
        }
      }
      if (!inverse) return
      for (let i = 0; i < size; i++) {
        real[i]! /= size
        imaginary[i]! /= size
      }
    },
  }
}

function swap(values: Float64Array, i: number, j: number): void {
  const value = values[i]!
  values[i] = values[j]!
  values[j] = value
}
