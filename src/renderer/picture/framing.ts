import type { Box, Face } from '../ports.ts'

/**
 * Where the picture of the clip lies on the photo. `region` is in photo pixels and may reach beyond the photo's edges
 * ('extend'): what lies outside is filled with a soft continuation of the photo.
 */
export interface Framing {
  readonly kind: 'photo' | 'crop' | 'extend'
  readonly region: Box
  /** Output size, even numbers. */
  readonly width: number
  readonly height: number
  /** Output pixels per photo pixel; above 1 the photo is enlarged. */
  readonly scale: number
}

/** Aspects closer than this are the same: cutting 2 % off a photo would be a change nobody asked for. */
const sameAspect = 0.02
/** The long side is at most this many short sides, or an extreme panorama would cost memory without limit. */
const longestAspect = 2.2

/**
 * The head with its hair: the mesh ends at the hairline, so the box grows 60 % of the oval's height upward (measured from
 * chin to hairline; full hair adds 30-50 %), 30 % to the sides and 12 % below the chin, along the head's own axis.
 */
export function headBox(face: Face, oval: readonly number[]): Box {
  const roll = (face.rollDegrees * Math.PI) / 180
  const across = { x: Math.cos(roll), y: Math.sin(roll) }
  const down = { x: -Math.sin(roll), y: Math.cos(roll) }
  const u = oval.map((n) => face.points[n * 3]! * across.x + face.points[n * 3 + 1]! * across.y)
  const v = oval.map((n) => face.points[n * 3]! * down.x + face.points[n * 3 + 1]! * down.y)
  const [left, right, top, bottom] = [Math.min(...u), Math.max(...u), Math.min(...v), Math.max(...v)]
  const [width, height] = [right - left, bottom - top]
  const us = [left - 0.3 * width, right + 0.3 * width]
  const vs = [top - 0.6 * height, bottom + 0.12 * height]
  const xs = us.flatMap((a) => vs.map((b) => a * across.x + b * down.x))
  const ys = us.flatMap((a) => vs.map((b) => a * across.y + b * down.y))
  return {
    x: Math.min(...xs),
    y: Math.min(...ys),
    width: Math.max(...xs) - Math.min(...xs),
    height: Math.max(...ys) - Math.min(...ys),
  }
}

const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2)

function outputSize(aspect: number, shortSide: number): { width: number; height: number } {
  const stretch = Math.max(aspect, 1 / aspect)
  const long = even(shortSide * Math.min(stretch, longestAspect))
  const short = even(stretch <= longestAspect ? shortSide : long / stretch)
  return aspect >= 1 ? { width: long, height: short } : { width: short, height: long }
}

/** Slides an interval of `size` as near to `wanted` as it can while it holds [low, high] and stays in [0, limit] where both fit. */
function slide(wanted: number, size: number, low: number, high: number, limit: number): number {
  const holding = Math.min(Math.max(wanted, high - size), low)
  return size >= limit ? (limit - size) / 2 : Math.min(Math.max(holding, 0), limit - size)
}

/** Chooses the picture. `head` and sizes are in photo pixels; `aspectRatio` is width / height or null for the photo's own. */
export function framePhoto(
  photo: { readonly width: number; readonly height: number },
  head: Box,
  aspectRatio: number | null,
  shortSide: number,
): Framing {
  const own = photo.width / photo.height
  const aspect = aspectRatio ?? own
  const size = outputSize(aspect, shortSide)
  if (aspectRatio === null || Math.abs(aspect / own - 1) < sameAspect) {
    const region = { x: 0, y: 0, width: photo.width, height: photo.height }
    return {
      kind: 'photo',
      region,
      ...outputSize(own, shortSide),
      scale: outputSize(own, shortSide).width / photo.width,
    }
  }
  // Only what the photo shows of the head can be kept.
  const left = Math.max(0, head.x)
  const top = Math.max(0, head.y)
  const right = Math.min(photo.width, head.x + head.width)
  const bottom = Math.min(photo.height, head.y + head.height)
  const largest = Math.min(photo.width, photo.height * aspect)
  const crop = largest >= right - left && largest / aspect >= bottom - top
  // Extended: keep half a head of surroundings, so that the filled sides stay as small as they can.
  const roomy = Math.max(
    largest,
    Math.min(Math.max(photo.width, photo.height * aspect), 1.5 * (bottom - top) * aspect, 1.5 * 1.5 * (right - left)),
  )
  const width = crop ? largest : Math.max(roomy, right - left, (bottom - top) * aspect)
  const height = width / aspect
  const x = slide((left + right) / 2 - width / 2, width, left, right, photo.width)
  // Eyes a little above the middle: the head's centre (hair included) at 45 % of the height.
  const y = slide((top + bottom) / 2 - height * 0.45, height, top, bottom, photo.height)
  return { kind: crop ? 'crop' : 'extend', region: { x, y, width, height }, ...size, scale: size.width / width }
}

/** The face as it lies in the output picture: the same mesh, moved and scaled. */
export function placeFace(face: Face, framing: Framing): Face {
  const { region } = framing
  // Rounding to even sizes makes the two differ by a fraction of a percent.
  const across = framing.width / region.width
  const down = framing.height / region.height
  const points = new Float32Array(face.points.length)
  for (let i = 0; i < points.length; i += 3) {
    points[i] = (face.points[i]! - region.x) * across
    points[i + 1] = (face.points[i + 1]! - region.y) * down
    points[i + 2] = face.points[i + 2]! * across
  }
  const box = {
    x: (face.box.x - region.x) * across,
    y: (face.box.y - region.y) * down,
    width: face.box.width * across,
    height: face.box.height * down,
  }
  return { ...face, box, points, mouthWidth: face.mouthWidth * across }
}
