/**
 * Where in a clip's sound somebody speaks, and how loud. Levels are of 20 ms each; what is speech is judged against the clip
 * itself, between its quietest and its loudest parts, so that a hum or a room does not count, at whatever level it was sent.
 */
const blockSeconds = 0.02
/** Below the loudest by so much nothing is speech, in decibels: the softest consonants are that far below vowels. */
const widestRange = 40
/** Quieter and louder parts that are nearer to each other are one sound: music, noise, nothing at all. */
const narrowestRange = 9
/** Of the way from the quietest to the loudest. */
const speechShare = 0.35
/** Of five blocks in a row: a click is shorter. */
const loudOfFive = 3
const silence = -120

export interface SpeechEdges {
  readonly from: number
  readonly to: number
  /** Mean level while somebody speaks, in decibels below full scale. */
  readonly decibels: number
}

/** In seconds; null where no speech stands out. */
export function findSpeech(samples: Float32Array, sampleRate: number): SpeechEdges | null {
  const powers = powersOf(samples, Math.round(sampleRate * blockSeconds))
  const levels = powers.map((power) => Math.max(silence, 10 * Math.log10(power)))
  const sorted = [...levels].sort((one, other) => one - other)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? silence
  const loud = at(0.95)
  const quiet = Math.max(at(0.05), loud - widestRange)
  if (loud <= silence || loud - quiet < narrowestRange) return null
  const threshold = quiet + speechShare * (loud - quiet)
  const isLoud = levels.map((level) => level > threshold)
  const isSpeech = isLoud.map((loudHere, block) => loudHere && hasLoudCompany(isLoud, block))
  const first = isSpeech.indexOf(true)
  if (first < 0) return null
  const spoken = powers.filter((_, block) => isSpeech[block])
  const mean = spoken.reduce((sum, power) => sum + power, 0) / spoken.length
  return {
    from: first * blockSeconds,
    to: (isSpeech.lastIndexOf(true) + 1) * blockSeconds,
    decibels: 10 * Math.log10(mean),
  }
}

/** Whether it lies within five blocks of which enough are loud. */
function hasLoudCompany(isLoud: readonly boolean[], block: number): boolean {
  for (let from = Math.max(0, block - 4); from <= block; from++) {
    if (isLoud.slice(from, from + 5).filter(Boolean).length >= loudOfFive) return true
  }
  return false
}

function powersOf(samples: Float32Array, block: number): readonly number[] {
  return Array.from({ length: Math.floor(samples.length / block) }, (_, index) => {
    let sum = 0
    for (let at = index * block; at < (index + 1) * block; at++) sum += samples[at]! ** 2
    return sum / block
  })
}
