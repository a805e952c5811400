/** WAV files as all kinds of programs write them, and as nobody should. */
export interface WavOptions {
  readonly sampleRate?: number
  readonly channels?: number
  readonly bits?: 8 | 16 | 24 | 32
  readonly float?: boolean
  readonly extensible?: boolean
  /** Chunks before the sound, their padding made here. */
  readonly before?: readonly (readonly [id: string, bytes: Buffer])[]
  /** What the data chunk says of its size instead of the truth. */
  readonly toldBytes?: number
  readonly tag?: number
}

/** @param sound mono, -1..1; every channel gets it */
export function aWav(sound: ArrayLike<number>, options: WavOptions = {}): Buffer {
  const { sampleRate = 16_000, channels = 1, bits = 16, float = false, extensible = false, before = [] } = options
  const width = bits / 8
  const data = Buffer.alloc(sound.length * channels * width)
  for (let i = 0; i < sound.length; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const at = (i * channels + channel) * width
      const value = sound[i]!
      if (float) data.writeFloatLE(value, at)
      else if (bits === 8) data.writeUInt8(Math.round(128 + 127 * value), at)
      else data.writeIntLE(Math.round(value * (2 ** (bits - 1) - 1)), at, width)
    }
  }
  const code = options.tag ?? (float ? 3 : 1)
  const format = Buffer.alloc(extensible ? 40 : 16)
  format.writeUInt16LE(extensible ? 0xfffe : code, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(sampleRate, 4)
  format.writeUInt32LE(sampleRate * channels * width, 8)
  format.writeUInt16LE(channels * width, 12)
  format.writeUInt16LE(bits, 14)
  if (extensible) {
    format.writeUInt16LE(22, 16)
    format.writeUInt16LE(bits, 18)
    format.writeUInt16LE(code, 24)
  }
  const chunks = [...before.map(([id, bytes]) => chunk(id, bytes)), chunk('fmt ', format)]
  const body = Buffer.concat([...chunks, chunk('data', data, options.toldBytes)])
  const head = Buffer.alloc(12)
  head.write('RIFF', 0)
  head.writeUInt32LE(body.length + 4, 4)
  head.write('WAVE', 8)
  return Buffer.concat([head, body])
}

function chunk(id: string, bytes: Buffer, told = bytes.length): Buffer {
  const head = Buffer.alloc(8)
  head.write(id, 0, 'latin1')
  head.writeUInt32LE(told, 4)
  return Buffer.concat([head, bytes, Buffer.alloc(bytes.length % 2)])
}

export function aTone(hz: number, seconds: number, sampleRate: number, level = 0.5): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, i) => {
    return level * Math.sin((2 * Math.PI * hz * i) / sampleRate)
  })
}
