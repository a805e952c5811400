/**
 * The recording intake: an uploaded file of unknown nature becomes a mono 16-bit WAV of 24 kHz, or a Failure that says
 * what to do. Strangers' sound meets no decoder but our own reader of plain WAV. It is read in pieces: what is held is
 * the finished copy, at most 2.9 MB a minute.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../errors.ts'
import { sniffRecordingType } from './recording-type.ts'
import { createResampler } from './resample.ts'
import { readWavFormat, readWavSamples, type WavFormat } from './wav-reader.ts'

export interface PreparedRecording {
  /** Lower-case hex of the bytes as uploaded. */
  readonly sha256: string
  readonly file: string
  readonly bytes: number
  readonly seconds: number
}

export interface RecordingLimits {
  readonly maxSeconds: number
}

/** Above the voice's formants, and what encoders like. */
export const recordingRate = 24_000
const leastSeconds = 0.3
const headerBytes = 44
/** Nothing that was meant to be heard stays below this all through (peak, full scale is 1). */
const leastPeak = 0.001

/**
 * Writes the copy to `<directory>/recording.wav`; a failure leaves nothing there.
 * @throws Failure `INVALID_REQUEST`: 'audio-type-unsupported' (415), 'recording-empty', 'recording-undecodable',
 *   'recording-format-unsupported', 'recording-too-long' (extra: seconds, max_seconds), 'recording-too-short', 'recording-silent'
 */
export async function prepareRecording(
  path: string,
  directory: string,
  { maxSeconds }: RecordingLimits,
  signal?: AbortSignal,
): Promise<PreparedRecording> {
  const file = await open(path, 'r')
  try {
    if ((await file.stat()).size === 0) throw refuse('recording-empty', 'The uploaded recording has no bytes.', again)
    const type = await sniffRecordingType(file)
    if (type.kind === 'other') throw unsupportedType(type.name)
    const format = await readWavFormat(file)
    const seconds = secondsOf(format)
    if (seconds > maxSeconds) throw tooLong(seconds, maxSeconds)
    if (seconds < leastSeconds) {
      throw refuse(
        'recording-too-short',
        `The recording lasts ${seconds.toFixed(2)} seconds, too short to say a word.`,
        again,
      )
    }
    const { bytes, peak } = await readCopy(file, format, signal)
    if (peak < leastPeak) throw refuse('recording-silent', 'Nothing can be heard in the recording.', again)
    const target = join(directory, 'recording.wav')
    const sha256 = await hashFile(path, signal)
    await writeFile(target, bytes, { flag: 'wx', ...(signal ? { signal } : {}) })
    return { sha256, file: target, bytes: bytes.length, seconds: (bytes.length - headerBytes) / 2 / recordingRate }
  } finally {
    await file.close()
  }
}

const again = 'Record again and listen to the file before you send it.'

function secondsOf({ dataBytes, channels, bitsPerSample, sampleRate }: WavFormat): number {
  return dataBytes / ((channels * bitsPerSample) / 8) / sampleRate
}

async function readCopy(
  file: FileHandle,
  format: WavFormat,
  signal: AbortSignal | undefined,
): Promise<{ bytes: Buffer; peak: number }> {
  const room = Math.ceil(secondsOf(format) * recordingRate) + 2
  const copy = Buffer.alloc(headerBytes + 2 * room)
  const resampler = createResampler(format.sampleRate, recordingRate)
  let at = headerBytes
  let peak = 0
  const write = (samples: Float32Array): void => {
    for (const sample of samples) {
      if (at + 2 > copy.length) return
      peak = Math.max(peak, Math.abs(sample))
      at = copy.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), at)
    }
  }
  for await (const samples of readWavSamples(file, format)) {
    signal?.throwIfAborted()
    write(resampler.push(samples))
  }
  write(resampler.end())
  const bytes = copy.subarray(0, at)
  writeHeader(bytes)
  return { bytes, peak }
}

function writeHeader(file: Buffer): void {
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(recordingRate, 24)
  file.writeUInt32LE(2 * recordingRate, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(file.length - headerBytes, 40)
}

async function hashFile(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, signal ? { signal } : {})) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function unsupportedType(name: string | null): Failure {
  return refuse(
    'audio-type-unsupported',
    name === null ? 'The file is no sound in a known format.' : `${name} files are not accepted as a recording.`,
    'Send a WAV. To make one: ffmpeg -i recording -ac 1 -ar 48000 -c:a pcm_s16le speech.wav',
    { status: 415, extra: { accepted: ['audio/wav'], ...(name && { found: name }) } },
  )
}

function tooLong(seconds: number, maxSeconds: number): Failure {
  return refuse(
    'recording-too-long',
    `The recording lasts ${seconds.toFixed(1)} seconds; at most ${maxSeconds} are allowed.`,
    'Ask for a longer duration, or cut the recording.',
    { extra: { seconds: Math.ceil(seconds), max_seconds: maxSeconds } },
  )
}

function refuse(
  reason: string,
  message: string,
  hint: string,
  more: { status?: number; extra?: Record<string, unknown> } = {},
): Failure {
  return new Failure('INVALID_REQUEST', { reason, message, hint, ...more })
}
