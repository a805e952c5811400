import type { SpokenTrack } from '../../../../src/renderer/ports.ts'

/** Median fundamental frequency of the voiced frames, Hz, by normalised autocorrelation (40 ms frames, 55-400 Hz). */
export function pitchOf({ samples, sampleRate }: SpokenTrack): number {
  const frame = Math.round(0.04 * sampleRate)
  const found: number[] = []
  for (let from = 0; from + 2 * frame < samples.length; from += frame) {
    let energy = 0
    for (let i = from; i < from + frame; i++) energy += samples[i]! ** 2
    if (Math.sqrt(energy / frame) < 800) continue
    const scores: { lag: number; score: number }[] = []
    for (let lag = Math.floor(sampleRate / 400); lag <= Math.ceil(sampleRate / 55); lag++) {
      let cross = 0
      let shifted = 0
      for (let i = from; i < from + frame; i++) {
        cross += samples[i]! * samples[i + lag]!
        shifted += samples[i + lag]! ** 2
      }
      scores.push({ lag, score: cross / Math.sqrt(energy * shifted + 1) })
    }
    const best = Math.max(...scores.map(({ score }) => score))
    // The shortest lag that is nearly as good: multiples of the period are no lower tone.
    const first = scores.findIndex(({ score }) => score > 0.92 * best)
    if (best < 0.6 || first === -1) continue
    let peak = first
    while (peak + 1 < scores.length && scores[peak + 1]!.score > scores[peak]!.score) peak++
    found.push(sampleRate / scores[peak]!.lag)
  }
  found.sort((a, b) => a - b)
  return found[Math.floor(found.length / 2)]!
}
