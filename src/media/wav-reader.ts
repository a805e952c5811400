/**
 * Our own reader of strangers' WAV files. It walks the RIFF chunks by their sizes without believing them, finds `fmt ` and
 * `data`, and streams the samples as mono numbers. Only plain PCM and float are decoded; nothing else is even tried.
 */
import type { FileHandle } from 'node:fs/promises'
import { Failure } from '../errors.ts'

export interface WavFormat {
  readonly kind: 'integer' | 'float'
  readonly bitsPerSample: 8 | 16 | 24 | 32
  readonly channels: number
  readonly sampleRate: number
  /** Where the samples begin, and how many bytes of them are really there. */
  readonly dataStart: number
  readonly dataBytes: number
}

const rates = { lowest: 8_000, highest: 96_000 }
const mostChannels = 8
/** More chunks than any program writes before the sound. */
const mostChunks = 64
const extensible = 0xfffe
const readBytes = 256 * 1024

/** @throws Failure `recording-undecodable` or `recording-format-unsupported`. The file must start with RIFF….WAVE. */
export async function readWavFormat(file: FileHandle): Promise<WavFormat> {
  const { size } = await file.stat()
  let format: Omit<WavFormat, 'dataStart' | 'dataBytes'> | null = null
  let at = 12
  for (let chunk = 0; chunk < mostChunks && at + 8 <= size; chunk++) {
    const head = await readAt(file, at, 8)
    const id = head.toString('latin1', 0, 4)
    const bytes = head.readUInt32LE(4)
    if (id === 'fmt ') format = parseFormat(await readAt(file, at + 8, Math.min(bytes, 40)))
    if (id === 'data') {
      if (!format) throw undecodable('it does not say its format before its sound')
      // A writer that was cut off leaves 0 or the largest number here; the file's end is what counts.
      const present = size - at - 8
      const told = bytes === 0 ? present : Math.min(bytes, present)
      const frameBytes = (format.channels * format.bitsPerSample) / 8
      return { ...format, dataStart: at + 8, dataBytes: told - (told % frameBytes) }
    }
    at += 8 + bytes + (bytes % 2)
  }
  throw undecodable('there is no sound in it')
}

/** The samples as mono values from -1 to 1 (float files may go beyond), in pieces. */
export async function* readWavSamples(file: FileHandle, format: WavFormat): AsyncGenerator<Float32Array> {
  const { channels, bitsPerSample, dataStart, dataBytes } = format
  const frameBytes = (channels * bitsPerSample) / 8
  const decode = decoderOf(format)
  const piece = Buffer.alloc(Math.floor(readBytes / frameBytes) * frameBytes)
  for (let done = 0; done < dataBytes; ) {
    const wanted = Math.min(piece.length, dataBytes - done)
    const { bytesRead } = await file.read(piece, 0, wanted, dataStart + done)
    const frames = Math.floor(bytesRead / frameBytes)
    if (frames === 0) return
    const mono = new Float32Array(frames)
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0
      for (let channel = 0; channel < channels; channel++) {
        sum += decode(piece, frame * frameBytes + (channel * bitsPerSample) / 8)
      }
      mono[frame] = sum / channels
    }
    yield mono
    done += frames * frameBytes
  }
}

function parseFormat(chunk: Buffer): Omit<WavFormat, 'dataStart' | 'dataBytes'> {
  if (chunk.length < 16) throw undecodable('its format is cut off')
  const tag = chunk.readUInt16LE(0)
  // An extensible format has the real tag at the start of its sub-format.
  const code = tag === extensible && chunk.length >= 26 ? chunk.readUInt16LE(24) : tag
  const channels = chunk.readUInt16LE(2)
  const sampleRate = chunk.readUInt32LE(4)
  const bits = chunk.readUInt16LE(14)
  const kind = code === 1 ? 'integer' : code === 3 ? 'float' : null
  if (kind === null) throw unsupported(`its samples are compressed (format ${code})`)
  if (kind === 'float' ? bits !== 32 : ![8, 16, 24, 32].includes(bits))
    throw unsupported(`it has ${bits} bits a sample`)
  if (channels < 1 || channels > mostChannels) throw unsupported(`it has ${channels} channels`)
  if (sampleRate < rates.lowest || sampleRate > rates.highest)
    throw unsupported(`it has ${sampleRate} samples a second`)
  return { kind, bitsPerSample: bits as WavFormat['bitsPerSample'], channels, sampleRate }
}

function decoderOf({ kind, bitsPerSample }: WavFormat): (buffer: Buffer, at: number) => number {
  if (kind === 'float') {
    return (buffer, at) => {
      const value = buffer.readFloatLE(at)
      return Number.isFinite(value) ? Math.max(-8, Math.min(8, value)) : 0
    }
  }
  if (bitsPerSample === 8) return (buffer, at) => (buffer.readUInt8(at) - 128) / 128
  if (bitsPerSample === 16) return (buffer, at) => buffer.readInt16LE(at) / 2 ** 15
  if (bitsPerSample === 24) return (buffer, at) => buffer.readIntLE(at, 3) / 2 ** 23
  return (buffer, at) => buffer.readInt32LE(at) / 2 ** 31
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function undecodable(why: string): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'recording-undecodable',
    message: `The recording cannot be read: ${why}.`,
    hint: 'Write it again as WAV: ffmpeg -i recording.wav -ac 1 -ar 48000 -c:a pcm_s16le speech.wav',
  })
}

function unsupported(why: string): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'recording-format-unsupported',
    message: `This kind of WAV is not read: ${why}. Accepted are PCM of 8 to 32 bits and 32-bit float, 8 to 96 kHz.`,
    hint: 'Convert it: ffmpeg -i recording.wav -ac 1 -ar 48000 -c:a pcm_s16le speech.wav',
  })
}
