/** What an uploaded sound is by its first bytes. Only WAV is read; the others are known just to say how to convert them. */
import type { FileHandle } from 'node:fs/promises'

export type RecordingType = { readonly kind: 'wav' } | { readonly kind: 'other'; readonly name: string | null }

const headBytes = 64

/** Bytes (as Latin-1), where they are, and a person's word for what has them there. */
const signatures: readonly (readonly [bytes: string, at: number, name: string])[] = [
  ['RF64', 0, 'WAV above 4 GB (RF64)'],
  ['BW64', 0, 'WAV above 4 GB (BW64)'],
  ['RIFX', 0, 'Big-endian WAV (RIFX)'],
  ['AIFF', 8, 'AIFF'],
  ['AIFC', 8, 'AIFF'],
  ['ID3', 0, 'MP3'],
  ['\xff\xfb', 0, 'MP3'],
  ['\xff\xf3', 0, 'MP3'],
  ['\xff\xf2', 0, 'MP3'],
  ['\xff\xf1', 0, 'AAC'],
  ['\xff\xf9', 0, 'AAC'],
  ['OggS', 0, 'Ogg'],
  ['fLaC', 0, 'FLAC'],
  ['ftyp', 4, 'M4A'],
  ['\x1aE\xdf\xa3', 0, 'WebM'],
  ['#!AMR', 0, 'AMR'],
  ['caff', 0, 'CAF'],
]

export async function sniffRecordingType(file: FileHandle): Promise<RecordingType> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  const head = buffer.toString('latin1', 0, bytesRead)
  if (head.startsWith('RIFF') && head.startsWith('WAVE', 8)) return { kind: 'wav' }
  const found = signatures.find(([bytes, at]) => head.startsWith(bytes, at))
  return { kind: 'other', name: found?.[2] ?? null }
}
