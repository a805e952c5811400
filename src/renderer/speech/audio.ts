/** Mono 16-bit audio: reading and writing RIFF, joining pieces, keeping peaks safe. */

export interface Sound {
  readonly sampleRate: number
  readonly samples: Int16Array
}

const headerBytes = 44

/** A mono 16-bit PCM WAV file. ffmpeg resamples, so the engine's rate is kept. */
export function encodeWav({ sampleRate, samples }: Sound): Buffer {
  const file = Buffer.alloc(headerBytes + 2 * samples.length)
  file.write('RIFF', 0)
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(sampleRate, 24)
  file.writeUInt32LE(2 * sampleRate, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(2 * samples.length, 40)
  for (const [at, sample] of samples.entries()) file.writeInt16LE(sample, headerBytes + 2 * at)
  return file
}

/**
 * Reads a mono 16-bit WAV with a plain 44-byte header, as flite and encodeWav write it. The sizes in flite's header
 * are not trusted; everything after the header is sound.
 */
export function decodeWav(file: Uint8Array): Sound {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const samples = new Int16Array(Math.max(0, Math.floor((file.byteLength - headerBytes) / 2)))
  for (let at = 0; at < samples.length; at++) samples[at] = view.getInt16(headerBytes + 2 * at, true)
  return { sampleRate: file.byteLength >= headerBytes ? view.getUint32(24, true) : 0, samples }
}

/** Fades the first and last samples to nothing, in place, so that a cut or a join does not click. */
export function fadeEdges(samples: Int16Array, fadeSamples: number): void {
  const length = Math.min(fadeSamples, Math.floor(samples.length / 2))
  for (let i = 0; i < length; i++) {
    const gain = 0.5 - 0.5 * Math.cos((Math.PI * i) / length)
    samples[i] = Math.round(samples[i]! * gain)
    const last = samples.length - 1 - i
    samples[last] = Math.round(samples[last]! * gain)
  }
}

export function joinSamples(pieces: readonly Int16Array[]): Int16Array {
  const joined = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    joined.set(piece, at)
    at += piece.length
  }
  return joined
}
