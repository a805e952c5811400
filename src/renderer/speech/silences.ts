import type { SpokenTrack } from '../ports.ts'
import { frameMs, percentile, type Spectra } from './mfcc.ts'

/** A frame is silent when it is nearer to the noise between words than to the words. */
const quietestDb = -45
const loudestSilenceDb = -15
const aboveNoiseDb = 8

/** 1 in the reference's pauses, and at the last frame of each word, where the other speaker may pause. */
export function pausesOf({ phones, words }: SpokenTrack, count: number): Uint8Array {
  const pauses = new Uint8Array(count)
  for (const { phone, startMs, endMs } of phones) {
    if (phone === 'pau') pauses.fill(1, Math.round(startMs / frameMs), Math.round(endMs / frameMs))
  }
  for (const { endMs } of words) pauses[Math.min(count - 1, Math.max(0, Math.round(endMs / frameMs) - 1))] = 1
  return pauses
}

export function silencesOf({ levelDb }: Spectra): Uint8Array {
  const noiseDb = percentile(levelDb, 0.05)
  const threshold = Math.min(loudestSilenceDb, Math.max(quietestDb, noiseDb + aboveNoiseDb))
  return Uint8Array.from(levelDb, (level) => (level < threshold ? 1 : 0))
}
