import type { Face } from '../ports.ts'
import { type Curve, curveAt, curveSamples } from './curve.ts'
import { type Basis, basisAt, displacement, type LipEdges } from './fields.ts'
import { fromMouth, type MouthFrame, pointAt, sideways } from './mouth-frame.ts'
import type { MouthMoment } from './mouth-pose.ts'
import type { Layer, PictureMemory, Plane } from './picture-memory.ts'
import { photoGap, type Seam } from './seam.ts'

/** A colour as limited-range Y, Cb, Cr. */
interface Colour {
  readonly y: number
  readonly u: number
  readonly v: number
}

/** What lies between the lips: paints itself into a layer, in the still photo's coordinates. */
export interface MouthInterior {
  /** True when the photo's own teeth are used. */
  readonly ownTeeth: boolean
  paint(moment: MouthMoment): void
}

const clamp01 = (t: number): number => (t <= 0 ? 0 : Math.min(t, 1))
const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t))

/** Mean of a layer's pixels around a position. */
function colourAround(memory: PictureMemory, layer: Layer, x: number, y: number, radius: number): Colour {
  const mean = (plane: Plane, px: number, py: number, r: number): number => {
    let sum = 0
    let count = 0
    const reach = Math.round(r)
    for (let j = Math.round(py) - reach; j <= Math.round(py) + reach; j++) {
      for (let i = Math.round(px) - reach; i <= Math.round(px) + reach; i++) {
        const cx = Math.min(plane.width - 1, Math.max(0, i))
        const cy = Math.min(plane.height - 1, Math.max(0, j))
        sum += memory.bytes[plane.origin + cy * plane.stride + cx]!
        count++
      }
    }
    return sum / count
  }
  return {
    y: mean(layer.y, x, y, radius),
    u: mean(layer.u, x / 2, y / 2, radius / 2),
    v: mean(layer.v, x / 2, y / 2, radius / 2),
  }
}

const mix = (a: Colour, b: Colour, t: number): Colour => ({
  y: a.y + (b.y - a.y) * t,
  u: a.u + (b.u - a.u) * t,
  v: a.v + (b.v - a.v) * t,
})

/** The mean colour of the brighter half of what the lips show: teeth. */
function brightestOfGap(memory: PictureMemory, photo: Layer, frame: MouthFrame, seam: Seam): Colour {
  const colours: Colour[] = []
  for (let i = 12; i < curveSamples - 12; i += 2) {
    const u = seam.upper.from + i * seam.upper.step
    for (let k = 2; k < 8; k++) {
      const p = fromMouth(frame, u, curveAt(seam.upper, u) + (photoGap(seam, u) * k) / 9)
      colours.push(colourAround(memory, photo, p.x, p.y, 0))
    }
  }
  const bright = colours.sort((a, b) => b.y - a.y).slice(0, colours.length >> 1)
  const mean = (of: (c: Colour) => number): number => bright.reduce((sum, c) => sum + of(c), 0) / bright.length
  return { y: mean((c) => c.y), u: mean((c) => c.u), v: mean((c) => c.v) }
}

/**
 * The painted inside: a dark reddish cavity, a tongue, lower teeth that go with the jaw, upper teeth fixed to the skull, and shade under both
 * lips. Distances are taken from the lips as they lie in this frame (their curves moved by the pose), never from the inverted grid: that
 * gives ghost rings. Colours come from the photo's cheeks and lips, so a grey photo or a painting gets a mouth of its own kind.
 */
export function createMouthInterior(
  memory: PictureMemory,
  photo: Layer,
  target: Layer,
  face: Face,
  frame: MouthFrame,
  seam: Seam,
  edges: LipEdges,
): MouthInterior {
  const { unit } = frame
  const radius = Math.max(1, 0.06 * unit)
  const cheeks = [50, 280, 205, 425]
    .map((n) => pointAt(face, n))
    .map((p) => colourAround(memory, photo, p.x, p.y, radius))
  const skin = cheeks.reduce((sum, c) => mix(sum, c, 0.5))
  const lowerLipPoints = [16, 315, 85]
    .map((n) => pointAt(face, n))
    .map((p) => colourAround(memory, photo, p.x, p.y, radius / 2))
  const lip = lowerLipPoints.reduce((sum, c) => mix(sum, c, 0.5))
  const light = Math.max(0, skin.y - 16)
  const tint = (amount: number): { u: number; v: number } => ({
    u: 128 + (lip.u - 128) * amount,
    v: 128 + (lip.v - 128) * amount,
  })
  const cavity: Colour = { y: 16 + 0.1 * light, ...tint(0.55) }
  const tongueColour: Colour = { y: 16 + 0.42 * light, ...tint(1.05) }
  const painted: Colour = {
    y: Math.min(222, 16 + 1.12 * light),
    u: 128 + (skin.u - 128) * 0.55,
    v: 128 + (skin.v - 128) * 0.28,
  }
  const ownTeeth = seam.teeth
  const enamel = ownTeeth ? brightestOfGap(memory, photo, frame, seam) : painted
  const lips = lipBases(frame, seam, edges)
  const upperEdge = new Float32Array(curveSamples)
  const lowerEdge = new Float32Array(curveSamples)
  const { bytes } = memory
  // The row of teeth is an even arch, whatever small bends the lips' line has: level with the corners' line at the sides.
  const middleV = curveAt(seam.upper, 0)
  const toothLine = (q: number): number =>
    middleV + ((q < 0 ? frame.leftV : frame.rightV) - middleV) * Math.min(1, q * q)

  const paint = (moment: MouthMoment): void => {
    const { pose } = moment
    const range = moveLips(lips, pose, upperEdge, lowerEdge)
    if (range.gap <= 0.3) return
    const upper: Curve = { from: range.from, step: range.step, values: upperEdge }
    const lower: Curve = { from: range.from, step: range.step, values: lowerEdge }
    const top = Math.min(...upperEdge) - 3
    const bottom = Math.max(...lowerEdge) + 3
    const corners = [
      fromMouth(frame, range.from, top),
      fromMouth(frame, range.to, top),
      fromMouth(frame, range.from, bottom),
      fromMouth(frame, range.to, bottom),
    ]
    const x0 = Math.max(0, Math.floor(Math.min(...corners.map((p) => p.x)) / 2) * 2 - 2)
    const x1 = Math.min(memory.width - 2, Math.ceil(Math.max(...corners.map((p) => p.x)) / 2) * 2 + 2)
    const y0 = Math.max(0, Math.floor(Math.min(...corners.map((p) => p.y)) / 2) * 2 - 2)
    const y1 = Math.min(memory.height - 2, Math.ceil(Math.max(...corners.map((p) => p.y)) / 2) * 2 + 2)
    const soft = Math.max(1, 0.012 * unit)
    // Teeth stay; a dark photo mouth gives way to the painted one as soon as it opens wider: stretched it would be a blob.
    const ownShare = seam.closed ? 0 : ownTeeth ? 1 : 1 - ease(moment.extra / (0.08 * unit))
    const openness = clamp01(moment.gap / (0.3 * unit))
    // Lower incisors come into view only when the jaw is well down.
    const lowerTeeth = unit * (1 - 0.8 * moment.rounding) * (0.012 + 0.05 * clamp01((moment.gap / unit - 0.07) / 0.15))
    const upperTeeth = unit * 0.055 * (1 - 0.75 * moment.rounding)
    const tongueHeight = 0.22 + 0.6 * moment.tongue
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
        const q = sideways(frame, u)
        const q2 = q * q
        const gap = Math.max(0.5, vBottom - vTop)
        const fromTop = v - vTop
        const fromBottom = vBottom - v

        let luma = cavity.y
        let cb = cavity.u
        let cr = cavity.v
        const blend = (c: Colour, shade: number, amount: number): void => {
          luma += (16 + (c.y - 16) * shade - luma) * amount
          cb += (128 + (c.u - 128) * shade - cb) * amount
          cr += (128 + (c.v - 128) * shade - cr) * amount
        }
        // Tongue: a soft mound on the floor of the mouth.
        const mound = gap * tongueHeight * Math.max(0, 1 - (q / 0.78) ** 2)
        const onTongue = ease((mound - fromBottom) / (0.06 * unit + soft)) * (0.35 + 0.65 * openness)
        blend(tongueColour, 0.5 + 0.5 * clamp01(mound > 0 ? fromBottom / mound : 0), onTongue)
        // Lower teeth stand on the jaw, just above the lower lip.
        const lowerTop = lowerTeeth * (1 - 0.9 * q2) - fromBottom
        const row = ease((0.66 - Math.abs(q)) / 0.22)
        blend(
          enamel,
          (0.62 - 0.3 * q2) * (0.55 + 0.45 * clamp01(fromBottom / (0.05 * unit))),
          ease(0.5 + lowerTop / (2 * soft)) * row * 0.85,
        )
        // Upper teeth hang from the skull: their edge keeps its place in the photo whatever the lips do.
        const restV = curveAt(seam.upper, u)
        const edge = toothLine(q) + upperTeeth * (1 - 0.75 * q2) - v
        const arch = ease((0.8 - Math.abs(q)) / 0.3)
        const shadeUp = 0.62 + 0.33 * clamp01(fromTop / (0.07 * unit))
        if (!ownTeeth)
          blend(enamel, shadeUp * (1 - 0.5 * q2) * toothLines(q), ease(0.5 + edge / (2 * soft)) * arch * 0.95)
        // Shade: the lips lie before everything inside.
        const nearTop = 0.6 + 0.4 * ease(fromTop / (0.05 * unit))
        const nearBottom = 0.75 + 0.25 * ease(fromBottom / (0.04 * unit))
        const nearCorner = 1 - 0.55 * ease((Math.abs(q) - 0.45) / 0.5)
        const shade = nearTop * nearBottom * nearCorner
        luma = 16 + (luma - 16) * shade
        cb = 128 + (cb - 128) * (0.5 + 0.5 * shade)
        cr = 128 + (cr - 128) * (0.5 + 0.5 * shade)

        const even = ((x | y) & 1) === 0
        const at = target.y.origin + y * target.y.stride + x
        const atC = (y >> 1) * target.u.stride + (x >> 1)
        let own = 0
        if (ownShare > 0) {
          // The photo's own, wherever the photo's own lips let it be seen.
          const inside = Math.min(v - restV, curveAt(seam.lower, u) - v)
          own = ownShare * ease(0.5 + inside / (2 * soft))
        }
        const photoY = bytes[photo.y.origin + y * photo.y.stride + x]!
        bytes[at] = luma + (photoY - luma) * own
        if (even) {
          bytes[target.u.origin + atC] = cb + (bytes[photo.u.origin + atC]! - cb) * own
          bytes[target.v.origin + atC] = cr + (bytes[photo.v.origin + atC]! - cr) * own
        }
      }
    }
  }
  return { ownTeeth, paint }
}

/** Faint gaps between the upper teeth: half widths of incisors and canines in half mouth widths, seen along the arch. */
function toothLines(q: number): number {
  const a = Math.abs(q)
  let line = 0
  for (const place of [0, 0.31, 0.54, 0.7]) line = Math.max(line, 1 - Math.abs(a - place) / 0.028)
  return 1 - 0.13 * ease(line)
}

interface LipBases {
  readonly us: Float32Array
  readonly upperV: Float32Array
  readonly lowerV: Float32Array
  readonly upper: readonly Basis[]
  readonly lower: readonly Basis[]
}

function lipBases(frame: MouthFrame, seam: Seam, edges: LipEdges): LipBases {
  const us = Float32Array.from({ length: curveSamples }, (_, i) => seam.upper.from + i * seam.upper.step)
  return {
    us,
    upperV: seam.upper.values,
    lowerV: seam.lower.values,
    upper: Array.from(us, (u, i) => basisAt(frame, seam, edges, u, seam.upper.values[i]!)),
    lower: Array.from(us, (u, i) => basisAt(frame, seam, edges, u, seam.lower.values[i]!)),
  }
}

/** Fills both edges as they lie under the pose, evenly sampled between the moved corners. */
function moveLips(
  lips: LipBases,
  pose: MouthMoment['pose'],
  upperEdge: Float32Array,
  lowerEdge: Float32Array,
): { from: number; to: number; step: number; gap: number } {
  const last = curveSamples - 1
  const move = (bases: readonly Basis[], i: number): { u: number; upperV: number; lowerV: number } =>
    displacement(bases[i]!, pose)
  const from = lips.us[0]! + move(lips.upper, 0).u
  const to = lips.us[last]! + move(lips.upper, last).u
  const step = (to - from) / last
  const fill = (bases: readonly Basis[], vs: Float32Array, pick: 'upperV' | 'lowerV', out: Float32Array): void => {
    let k = 0
    let a = move(bases, 0)
    let b = move(bases, 1)
    for (let i = 0; i <= last; i++) {
      const u = from + i * step
      while (k < last - 1 && lips.us[k + 1]! + b.u < u) {
        k++
        a = b
        b = move(bases, k + 1)
      }
      const ua = lips.us[k]! + a.u
      const ub = lips.us[k + 1]! + b.u
      const t = clamp01((u - ua) / Math.max(1e-3, ub - ua))
      out[i] = vs[k]! + a[pick] + (vs[k + 1]! + b[pick] - vs[k]! - a[pick]) * t
    }
  }
  fill(lips.upper, lips.upperV, 'upperV', upperEdge)
  fill(lips.lower, lips.lowerV, 'lowerV', lowerEdge)
  let gap = 0
  for (let i = 0; i <= last; i++) gap = Math.max(gap, lowerEdge[i]! - upperEdge[i]!)
  return { from, to, step, gap }
}
