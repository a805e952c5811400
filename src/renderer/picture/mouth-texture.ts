import type { Face, RgbImage } from '../ports.ts'
import { type Curve, curveAt, curveThrough, smoothCurve } from './curve.ts'
import { lipEdges } from './fields.ts'
import { lookAt } from './gap-content.ts'
import { invert, mapFace, mapPoint, type Similarity } from './lay-over-photo.ts'
import { matchColours } from './match-colours.ts'
import { createMouthFrame, fromMouth, type MouthFrame, type Point, toMouth } from './mouth-frame.ts'
import { findPartedLips } from './parted-lips.ts'
import { sampleSoftly } from './sample-softly.ts'
import { findSeam, type Seam } from './seam.ts'

/**
 * The inside of a mouth as another picture of the same face shows it: a patch in the photo's own mouth coordinates (pixel i, j lies at
 * u = fromU + i, v = fromV + j), in limited-range YCbCr and in the photo's colours, and the edges of the lips around it.
 */
export interface MouthTexture {
  readonly shape: string
  readonly fromU: number
  readonly fromV: number
  readonly width: number
  readonly height: number
  readonly y: Uint8Array
  readonly cb: Uint8Array
  readonly cr: Uint8Array
  readonly upper: Curve
  readonly lower: Curve
  /** The corners: u from `left` (negative) to `right`. */
  readonly left: number
  readonly right: number
  /** Greatest gap between the edges, pixels. */
  readonly gap: number
}

/** A picture of a face beside the photo's: as it was sent, its mesh, and how it lies over the photo. */
export interface OtherPicture {
  readonly shape: string
  readonly image: RgbImage
  readonly face: Face
  readonly toPicture: Similarity
}

export type TextureOutcome = { readonly texture: MouthTexture } | { readonly dropped: 'closed' | 'colours' | 'teeth' }

/** Edges are taken this much inside the lips' (in S), so that no lip is drawn as mouth. */
const inset = 0.012
/** The patch reaches this far beyond the mouth: rim for the colours. */
const reachU = 1.7

/** Cuts the mouth out of another picture of the photo's face. `picture`, `face`: the photo as it is rendered. */
export function cutMouthTexture(picture: RgbImage, face: Face, other: OtherPicture): TextureOutcome {
  const frame = createMouthFrame(face)
  const otherFrame = createMouthFrame(mapFace(other.face, other.toPicture))
  const patch = resample(frame, otherFrame, other)
  const look = (x: number, y: number): { luma: number; red: number } => {
    const at = 3 * patch.indexAt(toMouth(frame, { x, y }))
    const [r, g, b] = [patch.rgb[at]!, patch.rgb[at + 1]!, patch.rgb[at + 2]!]
    const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return { luma, red: (r - luma) / 1.5748 }
  }
  const edges = lipEdges(otherFrame)
  const seam = findSeam(otherFrame, look, edges)
  if (seam.closed) return { dropped: 'closed' }
  const colours = matchColours(picture, frame, otherFrame, patch)
  if (colours === null) return { dropped: 'colours' }
  const ownEdges = lipEdges(frame)
  const own = { frame, edges: ownEdges, seam: findSeam(frame, lookAt(picture), ownEdges) }
  const lips = findPartedLips(own, otherFrame, look, seam, edges)
  if (lips === null) return { dropped: 'teeth' }
  const { upper, lower } = insideEdges(frame, otherFrame, { ...seam, ...lips })
  const gap = Math.max(...upper.values.map((_, i) => lower.values[i]! - upper.values[i]!))
  const count = patch.width * patch.height
  const [y, cb, cr] = [new Uint8Array(count), new Uint8Array(count), new Uint8Array(count)]
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [0, 1, 2].map((c) => clampByte(patch.rgb[i * 3 + c]! * colours[c]!.gain + colours[c]!.offset))
    y[i] = (11966 * r! + 40254 * g! + 4064 * b! + 1081344) >> 16
    cb[i] = (-6596 * r! - 22189 * g! + 28784 * b! + 8421376) >> 16
    cr[i] = (28784 * r! - 26145 * g! - 2639 * b! + 8421376) >> 16
  }
  const { fromU, fromV, width, height } = patch
  const right = upper.from + upper.step * (upper.values.length - 1)
  return {
    texture: { shape: other.shape, fromU, fromV, width, height, y, cb, cr, upper, lower, left: upper.from, right, gap },
  }
}

const clampByte = (value: number): number => Math.min(255, Math.max(0, value))

/** A patch of another picture, resampled into the photo's mouth coordinates. */
export interface Patch {
  readonly fromU: number
  readonly fromV: number
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
  indexAt(p: Point): number
}

function resample(frame: MouthFrame, otherFrame: MouthFrame, { image, toPicture }: OtherPicture): Patch {
  const fromU = Math.floor(-reachU * frame.left)
  const fromV = Math.floor(frame.noseV)
  const width = Math.ceil(reachU * frame.right) - fromU + 1
  const lowest = Math.max(frame.lowerEdgeV, otherFrame.lowerEdgeV + toMouth(frame, otherFrame).y)
  const height = Math.ceil(lowest + 0.3 * frame.unit) - fromV + 1
  const back = invert(toPicture)
  const side = Math.hypot(back.a, back.b)
  const rgb = new Uint8Array(width * height * 3)
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const p = mapPoint(back, fromMouth(frame, fromU + i, fromV + j))
      for (let c = 0; c < 3; c++) rgb[(j * width + i) * 3 + c] = Math.round(sampleSoftly(image, p.x, p.y, c, side))
    }
  }
  const clampTo = (value: number, size: number): number => Math.min(size - 1, Math.max(0, Math.round(value)))
  const indexAt = ({ x, y }: Point): number => clampTo(y - fromV, height) * width + clampTo(x - fromU, width)
  return { fromU, fromV, width, height, rgb, indexAt }
}

/** The other mouth's inner edges in the photo's mouth coordinates, a little inside its lips. */
function insideEdges(frame: MouthFrame, otherFrame: MouthFrame, seam: Seam): { upper: Curve; lower: Curve } {
  const points = (curve: Curve, distance: number): Point[] =>
    Array.from(curve.values, (v, i) => {
      const q = (2 * i) / (curve.values.length - 1) - 1
      const u = curve.from + i * curve.step
      return toMouth(frame, fromMouth(otherFrame, u, v + distance * Math.min(1, 6 * (1 - Math.abs(q)))))
    })
  const cut = Math.max(1, inset * frame.unit) + seam.rim
  const top = points(seam.upper, cut)
  const bottom = points(seam.lower, -cut)
  const from = Math.max(top[0]!.x, bottom[0]!.x)
  const to = Math.min(top.at(-1)!.x, bottom.at(-1)!.x)
  const upper = smoothCurve(curveThrough(top, from, to), 1)
  const lower = smoothCurve(curveThrough(bottom, from, to), 1)
  const values = lower.values.map((v, i) => Math.max(v, curveAt(upper, from + i * upper.step)))
  return { upper, lower: { ...lower, values } }
}
