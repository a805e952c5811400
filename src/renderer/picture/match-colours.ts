import type { RgbImage } from '../ports.ts'
import { curveAt } from './curve.ts'
import { lipEdges } from './fields.ts'
import { fromMouth, type MouthFrame, toMouth } from './mouth-frame.ts'
import type { Patch } from './mouth-texture.ts'
import { sample } from './sample-softly.ts'

/** What brings one channel of another picture to the photo's: value x gain + offset. */
export interface ColourMatch {
  readonly gain: number
  readonly offset: number
}

const leastGain = 0.75
const mostGain = 1.3
/** Skin that differs by more than this on average, in levels, is lit otherwise: its mouth would be too. */
const mostOffset = 40
/** Skin that lost or won more than this share of its colour is another picture's: a grey mouth in a coloured face. */
const mostPaling = 0.5
/** How far from both mouths' lips the rim lies, in S. */
const rimFrom = 0.08
const rimTo = 0.34
/** Smooth skin tells its mean but not its contrast: gains are drawn towards 1 as if by a scatter of this many levels. */
const pull = 6

/**
 * Compares the skin around both mouths (beside them and above, where speech moves it least). Null when the two are too far apart to be
 * the same skin in the same light.
 */
export function matchColours(
  picture: RgbImage,
  frame: MouthFrame,
  otherFrame: MouthFrame,
  patch: Patch,
): readonly ColourMatch[] | null {
  const [own, other] = [lipEdges(frame), lipEdges(otherFrame)]
  const { unit } = frame
  const sums = [0, 1, 2].map(() => ({ n: 0, a: 0, b: 0, aa: 0, bb: 0 }))
  for (let j = 0; j < patch.height; j += 2) {
    for (let i = 0; i < patch.width; i += 2) {
      const [u, v] = [patch.fromU + i, patch.fromV + j]
      const p = fromMouth(frame, u, v)
      const q = toMouth(otherFrame, p)
      const away = Math.min(awayFrom(frame, own.upper, u, v), awayFrom(otherFrame, other.upper, q.x, q.y)) / unit
      if (!(away > rimFrom && away < rimTo)) continue
      for (let c = 0; c < 3; c++) {
        const from = patch.rgb[(j * patch.width + i) * 3 + c]!
        const to = sample(picture, p.x, p.y, c)
        const sum = sums[c]!
        sum.n++
        sum.a += from
        sum.b += to
        sum.aa += from * from
        sum.bb += to * to
      }
    }
  }
  const matches = sums.map(({ n, a, b, aa, bb }) => {
    const [meanA, meanB] = [a / n, b / n]
    const variance = Math.max(0, aa / n - meanA * meanA)
    const wanted = Math.max(0, bb / n - meanB * meanB)
    // Not the slope of one over the other: cheeks that a mouth draws along would flatten it, and the mouth's darkness would turn to fog.
    const contrast = Math.sqrt((wanted + pull * pull) / (variance + pull * pull))
    const gain = Math.min(mostGain, Math.max(leastGain, contrast))
    return { gain, offset: meanB - gain * meanA, from: meanA, to: meanB }
  })
  const [colour, ownColour] = [saturation(matches.map((m) => m.from)), saturation(matches.map((m) => m.to))]
  // A little colour more or less is nothing in skin that has little.
  const paled = Math.abs(colour - ownColour) > mostPaling * ownColour + 12
  return paled || matches.some(({ from, to }) => Math.abs(to - from) > mostOffset) ? null : matches
}

const saturation = (means: readonly number[]): number => Math.max(...means) - Math.min(...means)

/** Pixels between a place and the mouth, measured above the lips and beside the corners; below them nothing counts. */
function awayFrom(frame: MouthFrame, upper: ReturnType<typeof lipEdges>['upper'], u: number, v: number): number {
  const corner = u < 0 ? frame.leftV : frame.rightV
  if (v > corner + 0.1 * frame.unit) return -1
  const beside = Math.max(0, -frame.left - u, u - frame.right)
  const above = Math.max(0, curveAt(upper, u) - v)
  return Math.hypot(beside, above)
}
