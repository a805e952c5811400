/**
 * Judges a finished clip from outside: decodes it, lays the face mesh over every picture and compares how far the lips are open
 * with what was planned and with what is heard. The mesh that plans a mouth also grades it here, so this tests timing and
 * plumbing, not beauty: look at the pictures too.
 */
import type { LoadedFaceFinder } from '../../src/renderer/face/face-finder.ts'
import type { Face, LipTrack, PhoneTiming, RgbImage } from '../../src/renderer/ports.ts'
import { readPictures, readSound, soundRate } from './lip-sync-clip.ts'

export interface LipSyncOptions {
  readonly ffmpegPath: string
  readonly finder: LoadedFaceFinder
  /** What the mouth was to do. Without it only the sound is compared. */
  readonly plan?: Pick<LipTrack, 'rateHz' | 'aperture'>
  /** What was said, to see the lips shut at P, B and M. */
  readonly phones?: readonly PhoneTiming[]
  /** Length the clip was meant to have. */
  readonly plannedSeconds?: number
}

/** Lags are positive where the plan or the sound comes after the lips. */
export interface LipSync {
  /** Correlation with the plan at no lag; null without a plan. */
  readonly planCorrelation: number | null
  readonly planLagMs: number | null
  /** Best correlation with the loudness, and its lag. */
  readonly loudnessCorrelation: number
  readonly loudnessLagMs: number
  /** Lip gap / eye distance, per picture. */
  readonly openness: readonly number[]
  /** Widest minus narrowest. */
  readonly opennessRange: number
  readonly fps: number
  readonly seconds: number
  readonly plannedSeconds: number | null
  readonly soundSeconds: number
  /** Time in which something is heard. */
  readonly speechSeconds: number
  /** Lid gap / eye distance, per picture. */
  readonly eyeOpenness: readonly number[]
  readonly blinkCount: number
  /** Median openness while one of P, B, M is spoken; null without phones or where there are none. */
  readonly closedOpenness: number | null
  /** Largest mean change of an 8 x 8 block far from the head against the first picture, levels of 255. */
  readonly backgroundChange: number
}

const lipPairs = [
  [13, 14],
  [82, 87],
  [312, 317],
] as const
const lidPairs = [
  [159, 145],
  [386, 374],
] as const
/** Outer eye corners. */
const eyePair = [33, 263] as const

const lagStepFrames = 0.1
const longestLagMs = 400
/** The renderer holds the closing mouth this long after the last sound. */
const tailSeconds = 0.35

export async function measureLipSync(path: string, options: LipSyncOptions): Promise<LipSync> {
  const { ffmpegPath, finder, plan, phones } = options
  const openness: number[] = []
  const eyeOpenness: number[] = []
  let backgroundChange = 0
  let first: { readonly picture: RgbImage; readonly face: Face } | undefined
  const { fps, pictures } = await readPictures(ffmpegPath, path, async (picture, index) => {
    if (!first) {
      const [face] = await finder.find(picture)
      if (!face) throw new Error('the first picture shows no face')
      first = { picture, face }
    }
    // Always the first picture's place: a crop that follows the face would hide or add movement.
    const { points } = await finder.track(picture, first.face)
    const eyes = gap(points, eyePair)
    openness.push(mean(lipPairs.map((pair) => gap(points, pair))) / eyes)
    eyeOpenness.push(mean(lidPairs.map((pair) => gap(points, pair))) / eyes)
    if (index % 5 === 0) backgroundChange = Math.max(backgroundChange, changeAround(first.face, first.picture, picture))
  })
  const sound = await readSound(ffmpegPath, path)
  const loudness = loudnessTrack(sound)
  const spoken = openness.slice(0, Math.max(2, Math.round(openness.length - tailSeconds * fps)))
  const byPlan = plan && correlate(spoken, fps, { rateHz: plan.rateHz, values: plan.aperture })
  const bySound = correlate(spoken, fps, loudness)
  return {
    planCorrelation: byPlan?.atZero ?? null,
    planLagMs: byPlan?.lagMs ?? null,
    loudnessCorrelation: bySound.best,
    loudnessLagMs: bySound.lagMs,
    openness,
    opennessRange: percentile(openness, 1) - percentile(openness, 0),
    fps,
    seconds: pictures / fps,
    plannedSeconds: options.plannedSeconds ?? null,
    soundSeconds: sound.length / soundRate,
    speechSeconds:
      loudness.values.filter((value) => value > 0.1 * percentile(loudness.values, 0.95)).length / loudness.rateHz,
    eyeOpenness,
    blinkCount: countBlinks(eyeOpenness, fps),
    closedOpenness: phones ? closedOpenness(openness, fps, phones) : null,
    backgroundChange,
  }
}

export type LipSyncGate = 'plan' | 'loudness' | 'range' | 'closures' | 'length' | 'speech' | 'blinks' | 'background'

/** Names the gates a clip fails; an empty list is a pass. Gates without their input (plan, phones) are not asked. */
export function gates(measure: LipSync): readonly LipSyncGate[] {
  const { planCorrelation, planLagMs, openness, closedOpenness: closed, fps, seconds, plannedSeconds } = measure
  const low = percentile(openness, 0.1)
  const high = percentile(openness, 0.9)
  const frame = 1 / fps
  const failed: Record<LipSyncGate, boolean> = {
    plan: planCorrelation !== null && (!(planCorrelation >= 0.8) || Math.abs(planLagMs ?? 0) > 33),
    loudness: !(measure.loudnessCorrelation >= 0.4) || Math.abs(measure.loudnessLagMs) > 80,
    range: !(measure.opennessRange >= 0.08),
    closures: closed !== null && !(closed <= low + 0.1 * (high - low)),
    length:
      Math.abs(measure.soundSeconds - seconds) > frame + aacPadding ||
      (plannedSeconds !== null && Math.abs(seconds - plannedSeconds) > frame + 1e-6),
    speech: !(measure.speechSeconds > 0.3),
    blinks: measure.blinkCount < Math.floor(seconds / 8),
    background: !(measure.backgroundChange <= 3),
  }
  return (Object.keys(failed) as LipSyncGate[]).filter((gate) => failed[gate])
}

/** One AAC frame at 48 kHz: the encoder fills its last one. */
const aacPadding = 1024 / 48_000

function gap(points: Float32Array, [from, to]: readonly [number, number]): number {
  return Math.hypot(points[from * 3]! - points[to * 3]!, points[from * 3 + 1]! - points[to * 3 + 1]!)
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let at = 0; at < values.length; at++) sum += values[at]!
  return sum / values.length
}

function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))] ?? 0
}

interface Signal {
  readonly rateHz: number
  readonly values: ArrayLike<number>
}

/** Square root of the root mean square of 40 ms, every 10 ms. Wider windows and other curves followed real clips less closely (0.25-0.38 for 0.39). */
function loudnessTrack(sound: Int16Array): { readonly rateHz: number; readonly values: number[] } {
  const step = soundRate / 100
  const values: number[] = []
  for (let centre = 0; centre < sound.length; centre += step) {
    const window = sound.subarray(Math.max(0, centre - 2 * step), centre + 2 * step)
    let power = 0
    for (let at = 0; at < window.length; at++) power += window[at]! ** 2
    values.push(Math.sqrt(Math.sqrt(power / Math.max(1, window.length))))
  }
  return { rateHz: 100, values }
}

function correlate(
  openness: readonly number[],
  fps: number,
  signal: Signal,
): { atZero: number; best: number; lagMs: number } {
  const steps = Math.round(((longestLagMs / 1000) * fps) / lagStepFrames)
  let best = Number.NEGATIVE_INFINITY
  let lagFrames = 0
  let atZero = 0
  for (let step = -steps; step <= steps; step++) {
    const lag = step * lagStepFrames
    const shifted = openness.map((_, index) => at(signal, (index + lag) / fps))
    const r = pearson(openness, shifted)
    if (step === 0) atZero = r
    if (r > best) {
      best = r
      lagFrames = lag
    }
  }
  return { atZero, best, lagMs: (lagFrames / fps) * 1000 }
}

function at({ rateHz, values }: Signal, seconds: number): number {
  const place = seconds * rateHz
  const before = Math.floor(place)
  if (before < 0 || before + 1 >= values.length) return 0
  return values[before]! + (place - before) * (values[before + 1]! - values[before]!)
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const meanA = mean(a)
  const meanB = mean(b)
  let ab = 0
  let aa = 0
  let bb = 0
  for (let at = 0; at < a.length; at++) {
    ab += (a[at]! - meanA) * (b[at]! - meanB)
    aa += (a[at]! - meanA) ** 2
    bb += (b[at]! - meanB) ** 2
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb)
}

function closedOpenness(openness: readonly number[], fps: number, phones: readonly PhoneTiming[]): number | null {
  const closures = phones.filter(({ phone }) => ['p', 'b', 'm'].includes(phone))
  const values = openness.filter((_, index) => {
    const ms = (index / fps) * 1000
    return closures.some(({ startMs, endMs }) => ms >= startMs && ms < endMs)
  })
  return values.length === 0 ? null : percentile(values, 0.5)
}

/**
 * Dips below 85 % of the usual lid gap that end within half a second. The mesh sees lids shut only by a quarter to a third; while they
 * are open it stays above 95 %.
 */
function countBlinks(eyeOpenness: readonly number[], fps: number): number {
  const threshold = 0.85 * percentile(eyeOpenness, 0.5)
  let blinks = 0
  let shut = 0
  for (const value of [...eyeOpenness, Number.POSITIVE_INFINITY]) {
    if (value < threshold) shut += 1
    else {
      if (shut > 0 && shut <= fps / 2) blinks += 1
      shut = 0
    }
  }
  return blinks
}

/** Head movement has faded to nothing at this many radii of the face. */
const stillRadius = 2
const block = 8

function changeAround(face: Face, before: RgbImage, after: RgbImage): number {
  const { x, y, width, height } = face.box
  let largest = 0
  for (let top = 0; top + block <= before.height; top += block) {
    for (let left = 0; left + block <= before.width; left += block) {
      const dx = (left + block / 2 - (x + width / 2)) / (width / 2)
      const dy = (top + block / 2 - (y + height / 2)) / (height / 2)
      if (Math.hypot(dx, dy) < stillRadius) continue
      let change = 0
      for (let row = top; row < top + block; row++) {
        const start = (row * before.width + left) * 3
        for (let byte = start; byte < start + block * 3; byte++) change += after.data[byte]! - before.data[byte]!
      }
      largest = Math.max(largest, Math.abs(change) / (block * block * 3))
    }
  }
  return largest
}
