import type { Face } from '../ports.ts'
import { type Curve, curveAt, curveSamples } from './curve.ts'
import type { LipEdges } from './fields.ts'
import type { KeyMouths } from './key-mouths.ts'
import { type Colour, chooseColours } from './mouth-colours.ts'
import { fromMouth, type MouthFrame } from './mouth-frame.ts'
import type { MouthMoment } from './mouth-pose.ts'
import { lipBases, moveLips } from './moved-lips.ts'
import type { Layer, PictureMemory } from './picture-memory.ts'
import type { Seam } from './seam.ts'

/** Paints what lies between the lips at a moment into a layer, in the still photo's coordinates. */
export type MouthInterior = (moment: MouthMoment) => void

const clamp01 = (t: number): number => (t <= 0 ? 0 : Math.min(t, 1))
const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t))

/** How far upper teeth reach below the closed lips' line, in S (S is about 52 mm: 2.9 mm). */
const upperTeethShow = 0.055

/**
 * A dark reddish cavity, a tongue, lower teeth that go with the jaw, upper teeth fixed to the skull, and shade under both lips. Distances
 * are taken from the lips as they lie in this frame (their curves moved by the pose), never from the inverted grid: that gives ghost rings.
 */
export function createMouthInterior(
  memory: PictureMemory,
  photo: Layer,
  target: Layer,
  face: Face,
  frame: MouthFrame,
  seam: Seam,
  edges: LipEdges,
  keys: KeyMouths | null,
): MouthInterior {
  const { unit } = frame
  const { bytes } = memory
  const { cavity, tongue, enamel } = chooseColours(memory, photo, face, frame, seam)
  const lips = lipBases(frame, seam, edges)
  const upperEdge = new Float32Array(curveSamples)
  const lowerEdge = new Float32Array(curveSamples)
  // The row of teeth is an even arch, whatever small bends the lips' line has: level with the corners' line at the sides.
  const middleV = curveAt(seam.upper, 0)
  const soft = Math.max(1, 0.012 * unit)

  // One pixel's colour while it is mixed; outside the loop, so that a frame makes no garbage.
  let luma = 0
  let cb = 0
  let cr = 0
  const blend = (c: Colour, shade: number, amount: number): void => {
    luma += (16 + (c.y - 16) * shade - luma) * amount
    cb += (128 + (c.u - 128) * shade - cb) * amount
    cr += (128 + (c.v - 128) * shade - cr) * amount
  }

  return (moment) => {
    const range = moveLips(lips, moment.pose, upperEdge, lowerEdge)
    if (range.gap <= 0.3) return
    const upper: Curve = { from: range.from, step: range.step, values: upperEdge }
    const lower: Curve = { from: range.from, step: range.step, values: lowerEdge }
    const [x0, y0, x1, y1] = bounds(
      memory,
      frame,
      range.from,
      range.to,
      Math.min(...upperEdge) - 3,
      Math.max(...lowerEdge) + 3,
    )
    // Teeth stay; a dark photo mouth gives way to the painted one as soon as it opens wider: stretched it would be a blob.
    const ownShare = seam.closed ? 0 : seam.teeth ? 1 : 1 - ease(moment.extra / (0.08 * unit))
    // A lower lip that goes down takes its rim along; the upper one stays or covers it.
    const trim = seam.rim * clamp01(moment.extra / (2 * Math.max(1, seam.rim)))
    const openness = clamp01(moment.gap / (0.3 * unit))
    // Rounded lips hide the teeth; lower incisors come into view only when the jaw is well down.
    const lowerTeeth = unit * (1 - 0.8 * moment.rounding) * (0.012 + 0.05 * clamp01((moment.gap / unit - 0.07) / 0.15))
    const upperTeeth = unit * upperTeethShow * (1 - 0.75 * moment.rounding)
    const tongueHeight = 0.24 + 0.56 * moment.tongue
    keys?.choose(upper, range.from, range.to, range.gap)
    const painted = keys === null || keys.needsPaint
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const dx = x - frame.x
        const dy = y - frame.y
        const u = dx * frame.across.x + dy * frame.across.y
        const v = dy * frame.across.x - dx * frame.across.y
        if (u < range.from - 2 || u > range.to + 2) continue
        const vTop = curveAt(upper, u)
        const vBottom = curveAt(lower, u)
        if (v < vTop - 4 || v > vBottom + 4) continue
        const q = u < 0 ? -u / frame.left : u / frame.right
        const q2 = q * q
        const gap = Math.max(0.5, vBottom - vTop)
        const fromTop = v - vTop
        const fromBottom = vBottom - v
        luma = cavity.y
        cb = cavity.u
        cr = cavity.v
        if (painted) {
          // Tongue: a soft mound on the floor of the mouth.
          const mound = gap * tongueHeight * Math.max(0, 1 - (q / 0.78) ** 2)
          if (mound > 0) {
            const onTongue = ease((mound - fromBottom) / (0.06 * unit + soft)) * (0.4 + 0.6 * openness)
            blend(tongue, 0.5 + 0.5 * clamp01(fromBottom / mound), onTongue)
          }
          // Lower teeth stand on the jaw, just above the lower lip.
          const row = ease((0.66 - q) / 0.22) * 0.85
          if (row > 0) {
            const inside = lowerTeeth * (1 - 0.9 * q2) - fromBottom
            const shade = (0.62 - 0.3 * q2) * (0.55 + 0.45 * clamp01(fromBottom / (0.05 * unit)))
            blend(enamel, shade, ease(0.5 + inside / (2 * soft)) * row)
          }
          // Upper teeth hang from the skull: their edge keeps its place in the photo whatever the lips do.
          if (!seam.teeth && q < 0.8) {
            const cornerV = u < 0 ? frame.leftV : frame.rightV
            const inside = middleV + (cornerV - middleV) * q2 + upperTeeth * (1 - 0.75 * q2) - v
            const shade = (0.62 + 0.33 * clamp01(fromTop / (0.07 * unit))) * (1 - 0.5 * q2) * toothGaps(q)
            blend(enamel, shade, ease(0.5 + inside / (2 * soft)) * ease((0.8 - q) / 0.3) * 0.95)
          }
          // Shade: the lips lie before everything inside.
          const nearTop = 0.6 + 0.4 * ease(fromTop / (0.05 * unit))
          const nearBottom = 0.75 + 0.25 * ease(fromBottom / (0.04 * unit))
          const shade = nearTop * nearBottom * (1 - 0.55 * ease((q - 0.45) / 0.5))
          luma = 16 + (luma - 16) * shade
          cb = 128 + (cb - 128) * (0.5 + 0.5 * shade)
          cr = 128 + (cr - 128) * (0.5 + 0.5 * shade)
        }
        if (keys !== null) {
          keys.mix(u, v, vTop, vBottom)
          // A picture has its own shade; what is left is that of lips which lie lower now than in the picture.
          const shade = 0.8 + 0.2 * ease(fromTop / (0.03 * unit))
          luma += (16 + (keys.luma - 16) * shade - luma) * keys.cover
          cb += (keys.cb - cb) * keys.cover
          cr += (keys.cr - cr) * keys.cover
        }

        // The photo's own inside, wherever the photo's own lips let it be seen.
        const shown = ownShare > 0 ? Math.min(v - curveAt(seam.upper, u), curveAt(seam.lower, u) - trim - v) : 0
        const own = ownShare > 0 ? ownShare * ease(0.5 + shown / (2 * soft)) : 0
        const at = y * target.y.stride + x
        bytes[target.y.origin + at] = luma + (bytes[photo.y.origin + at]! - luma) * own
        if (((x | y) & 1) === 0) {
          const atC = (y >> 1) * target.u.stride + (x >> 1)
          bytes[target.u.origin + atC] = cb + (bytes[photo.u.origin + atC]! - cb) * own
          bytes[target.v.origin + atC] = cr + (bytes[photo.v.origin + atC]! - cr) * own
        }
      }
    }
  }
}

/** The pixels that hold a rectangle of mouth coordinates, inside the picture, beginning and ending on even ones. */
function bounds(
  memory: PictureMemory,
  frame: MouthFrame,
  from: number,
  to: number,
  top: number,
  bottom: number,
): [number, number, number, number] {
  const corners = [
    fromMouth(frame, from, top),
    fromMouth(frame, to, top),
    fromMouth(frame, from, bottom),
    fromMouth(frame, to, bottom),
  ]
  const xs = corners.map((p) => p.x)
  const ys = corners.map((p) => p.y)
  return [
    Math.max(0, Math.floor(Math.min(...xs) / 2) * 2 - 2),
    Math.max(0, Math.floor(Math.min(...ys) / 2) * 2 - 2),
    Math.min(memory.width - 2, Math.ceil(Math.max(...xs) / 2) * 2 + 2),
    Math.min(memory.height - 2, Math.ceil(Math.max(...ys) / 2) * 2 + 2),
  ]
}

/** Faint gaps between the upper teeth at |q|: incisors and canines in half mouth widths, seen along the arch. */
function toothGaps(q: number): number {
  const nearest = Math.min(q, Math.abs(q - 0.31), Math.abs(q - 0.54), Math.abs(q - 0.7))
  return 1 - 0.13 * ease(1 - nearest / 0.028)
}
