import { leftBrow, leftEye, rightBrow, rightEye } from '../face/landmarks.ts'
import type { Face } from '../ports.ts'
import { type Curve, curveAt, curveThrough } from './curve.ts'
import type { Look } from './gap-content.ts'
import { createRandom } from './head-motion.ts'
import { type Point, pointAt } from './mouth-frame.ts'

/** One eye's own coordinates (u along the corners, v down, pixels from the middle) and what the lid does in them. */
export interface Eye {
  readonly x: number
  readonly y: number
  readonly across: Point
  /** Half the corner distance. */
  readonly half: number
  /** Upper edge of the lashes and where the closed lid meets the lower one. */
  readonly lid: Curve
  readonly floor: Curve
  /** From here down to the lid's edge lid and lashes travel as they are (the mesh's crease, just above the lashes). */
  readonly crease: Curve
  /** The skin between this line and the crease is stretched. */
  readonly top: Curve
}

/** Lid edge that travels with the lid, in half eye widths below the mesh's lid line: the mesh runs along the lashes' lower edge. */
const lashDepth = 0.07
/** The skin above this share of the way from crease to brow stays: beyond it the brow would sag. */
const skinShare = 0.6
/** An eye that stands open less than this share of its width is not blinked: it is shut, laughing or drawn so. */
const barelyOpen = 0.13
/** Brightness steps are taken over this share of half an eye's width, whatever the picture's size. */
const edgeSpan = 0.067
/**
 * Mean of the strongest half step across the strip of lid skin, in shares of its brightness, above which something lies over it: a frame
 * of glasses, a fringe, a hat. Bare lids measured .02-.10, a drawn crease .115, hair across the eye .14 and more.
 */
const coveredEdge = 0.13

export function findEyes(face: Face, look: Look): readonly Eye[] {
  const eyes: Eye[] = []
  for (const side of [
    { eye: rightEye, brow: rightBrow },
    { eye: leftEye, brow: leftBrow },
  ]) {
    const eye = measureEye(face, side.eye, side.brow.lower)
    const open = curveAt(eye.floor, 0) - curveAt(eye.lid, 0)
    if (open >= barelyOpen * 2 * eye.half && !isCovered(eye, look)) eyes.push(eye)
  }
  // One blinking eye is a wink: both or none.
  return eyes.length === 2 ? eyes : []
}

function measureEye(face: Face, points: typeof rightEye | typeof leftEye, brow: readonly number[]): Eye {
  const a = pointAt(face, points.outerCorner)
  const b = pointAt(face, points.innerCorner)
  const [left, right] = a.x < b.x ? [a, b] : [b, a]
  const width = Math.max(1, Math.hypot(right.x - left.x, right.y - left.y))
  const across = { x: (right.x - left.x) / width, y: (right.y - left.y) / width }
  const x = (left.x + right.x) / 2
  const y = (left.y + right.y) / 2
  const place = (index: number): Point => {
    const p = pointAt(face, index)
    return { x: (p.x - x) * across.x + (p.y - y) * across.y, y: (p.y - y) * across.x - (p.x - x) * across.y }
  }
  const curve = (indexes: readonly number[]): Curve => {
    const list = indexes.map(place).sort((p, q) => p.x - q.x)
    return curveThrough(list, -width / 2, width / 2)
  }
  const lid = curve(points.upperLid)
  const floor = curve(points.lowerLid)
  const browLine = curve(brow)
  const fold = curve(points.crease)
  const crease = { ...lid, values: lid.values.map((v, i) => Math.min(v - 0.02 * width, fold.values[i]!)) }
  const skin = crease.values.map((v, i) => Math.max(0.1 * width, skinShare * (v - browLine.values[i]!)))
  const top = { ...lid, values: crease.values.map((v, i) => v - skin[i]!) }
  return { x, y, across, half: width / 2, lid, floor, crease, top }
}

export function toEye(eye: Eye, x: number, y: number): Point {
  const dx = x - eye.x
  const dy = y - eye.y
  return { x: dx * eye.across.x + dy * eye.across.y, y: dy * eye.across.x - dx * eye.across.y }
}

/** Strong lines across the lid's skin tell of glasses; stretching them would look like melting wire. */
function isCovered(eye: Eye, look: Look): boolean {
  const span = Math.max(1, edgeSpan * eye.half)
  let edges = 0
  let light = 0
  let count = 0
  for (let i = -6; i <= 6; i++) {
    const u = (i / 6) * eye.half * 0.8
    const from = curveAt(eye.top, u)
    const to = curveAt(eye.crease, u)
    const at = (v: number): number =>
      look(eye.x + u * eye.across.x - v * eye.across.y, eye.y + u * eye.across.y + v * eye.across.x).luma
    let strongest = 0
    for (let v = from; v + span < to; v += span / 2) {
      strongest = Math.max(strongest, Math.abs(at(v + span) - at(v)) / 2)
      light += at(v)
      count++
    }
    edges += strongest
  }
  if (count === 0) return false
  return edges / 13 / Math.max(40, light / count) > coveredEdge
}

/** How far the lid's edge travels at u when the eye is shut; nothing at and beyond the corners. */
export function lidTravel(eye: Eye, u: number): number {
  const t = Math.abs(u) / eye.half
  if (t >= 1) return 0
  // The mesh's lower line lies a little above the lower lid: go on by as much as the edge is thick.
  return Math.max(0, curveAt(eye.floor, u) - curveAt(eye.lid, u) + 1.1 * lashDepth * eye.half * (1 - t * t))
}

/**
 * Where the lid layer's pixel at (u, v) comes from when the lid has come down by `shut` (0..1): v of the photo. Above `top` nothing
 * moves; the skin between is stretched, least where it meets the brow; lashes travel unstretched.
 */
export function lidSource(eye: Eye, u: number, v: number, shut: number): number {
  const travel = lidTravel(eye, u) * shut
  if (travel <= 0) return v
  const top = curveAt(eye.top, u)
  if (v <= top) return v
  const crease = curveAt(eye.crease, u)
  if (v >= crease + travel) return v - travel
  const t = (v - top) / (crease + travel - top)
  // Nearly even, a little stronger towards the crease: any steeper and single rows of skin smear into streaks.
  return top + (t + 0.5 * Math.min(1, travel / (crease - top)) * t * (1 - t) * (1 - t)) * (crease - top)
}

/** The lid layer's coverage at (u, v) of the photo, 0..1: all above the lash line, gone below the lashes and at the corners. */
export function lidCoverage(eye: Eye, u: number, v: number, softness: number): number {
  const t = Math.abs(u) / eye.half
  if (t >= 1) return 0
  const edge = curveAt(eye.lid, u) + lashDepth * eye.half * (1 - t * t)
  const side = Math.min(1, (1 - t) / 0.12)
  return Math.min(1, Math.max(0, (edge + softness - v) / softness)) * side
}

/** Lid position over a blink at its middle, 0 open to 1 shut: 80 ms down, 40 ms shut, 120 ms up (about 7 frames at 30 fps). */
function blinkShape(ms: number): number {
  const t = ms < -100 || ms > 140 ? 0 : ms < -20 ? (ms + 100) / 80 : ms <= 20 ? 1 : (140 - ms) / 120
  return t * t * (3 - 2 * t)
}

/** Middles of the blinks in seconds, 2 to 5 s apart, the first within 2.5 s; none so near the end that the eye stays shut. */
export function planBlinks(seed: number, seconds: number): readonly number[] {
  const random = createRandom(seed ^ 0x51ed270b)
  const times: number[] = []
  let next = 1 + 1.5 * random()
  while (next < seconds - 0.25) {
    times.push(next)
    next += 2 + 3 * random()
  }
  return times
}

/** How far the lids are down at a time, 0..1. */
export function lidsAt(blinks: readonly number[], seconds: number): number {
  let shut = 0
  for (const middle of blinks) shut = Math.max(shut, blinkShape((seconds - middle) * 1000))
  return shut
}
