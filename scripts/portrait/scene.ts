import { backdrop } from './backdrop.ts'
import { type BodyPart, bodyHeight, bodyPart, earRelief, insideBody } from './body-shape.ts'
import { paintBrows, paintLashes } from './brows.ts'
import { blankPainting, type Colour, type Frame, laySpot, type Painting, type Plane, planeOf } from './canvas.ts'
import { clothColour } from './cloth.ts'
import { insideEye } from './eye-shape.ts'
import { eyeColour } from './eyes.ts'
import { paintHairBehind, paintHairInFront } from './hair.ts'
import { hairHeight, insideCap, insideFall } from './hair-shape.ts'
import { headHeight, insideOutline, outlineShare } from './head-shape.ts'
import { type Lit, lightSurface } from './light.ts'
import { clamp, mix, smoothstep } from './numbers.ts'
import { skinColour, skinSheen, spreadLight } from './skin.ts'

/**
 * The portrait, from back to front: room, hair behind the neck, neck and shirt, ears, face, brows and lashes, hair.
 * Face and body are height fields lit by one window; hair is drawn strand by strand over dark ground.
 */
interface Surface {
  readonly heights: Plane
  readonly where: Uint8Array
  readonly lit: Lit
  /** Light that falls on each pixel, per channel. */
  readonly light: readonly [Plane, Plane, Plane]
}

const seeds = { backdrop: 5, hairBehind: 11, hairInFront: 12, brows: 3, lashes: 4 } as const

/** Light and shadow are soft: they are worked out on a grid of 1.3 points a millimetre, whatever the picture's size. */
const lightPointsPerMm = 1.3

/** What stands in the light's way above face and body. Beside the face the hair lies closer than its sheen tells. */
function hairCaster(x: number, y: number): number {
  const inside = Math.max(insideCap(x, y), insideFall(x, y))
  if (inside <= 0) return -400
  return hairHeight(x, y) - 90 * (1 - smoothstep(0, 6, inside)) - 14 * smoothstep(-60, -20, y) * smoothstep(70, 40, y)
}

function surfaceOf(frame: Frame, heights: Plane, where: Uint8Array, caster: Plane): Surface {
  const lit = lightSurface(heights, caster, frame, frame.pixelsPerMm / lightPointsPerMm)
  return { heights, where, lit, light: spreadLight(heights, lit, frame, where) }
}

function eachPixel(frame: Frame, visit: (x: number, y: number, index: number) => void): void {
  let i = 0
  for (let row = 0; row < frame.height; row++) {
    const y = (row + 0.5 - frame.centreY) / frame.pixelsPerMm
    for (let column = 0; column < frame.width; column++) {
      visit((column + 0.5 - frame.centreX) / frame.pixelsPerMm, y, i++)
    }
  }
}

const lightAt = ({ light }: Surface, index: number): Colour => [light[0][index]!, light[1][index]!, light[2][index]!]

function shade(colour: Colour, light: Colour, sheen: number): Colour {
  return [colour[0] * light[0] + sheen, colour[1] * light[1] + sheen, colour[2] * light[2] + sheen]
}

function bodyColour(body: Surface, frame: Frame, part: BodyPart, x: number, y: number, i: number): Colour {
  const light = lightAt(body, i)
  if (part === 'shirt' || part === 'collar') return shade(clothColour(x, y, part === 'collar'), light, 0)
  // Far from the face's coordinates the skin's colour has no features, only its grain.
  const colour = skinColour(x + 1000, y)
  if (part === 'skin') return shade(colour, light, skinSheen(body.heights, body.lit, frame, i, x + 1000, y))
  // Light shines through the thin rim of an ear, so it is never as dark as its place under the hair would make it.
  const through: Colour = [0.5, 0.36, 0.31]
  const relief = earRelief(x, y)
  return shade(
    colour,
    [mix(light[0], through[0], 0.6), mix(light[1], through[1], 0.6), mix(light[2], through[2], 0.6)],
    0,
  ).map((v) => v * relief) as unknown as Colour
}

function paintBody(painting: Painting, body: Surface, ears: boolean): void {
  const { frame } = painting
  eachPixel(frame, (x, y, i) => {
    if (!body.where[i]) return
    const part = bodyPart(x, y)
    if ((part === 'ear') !== ears) return
    const cover = clamp(insideBody(x, y, part) * frame.pixelsPerMm)
    laySpot(painting, i, bodyColour(body, frame, part, x, y, i), cover)
  })
}

function paintFace(painting: Painting, head: Surface): void {
  const { frame } = painting
  eachPixel(frame, (x, y, i) => {
    if (!head.where[i]) return
    const sheen = skinSheen(head.heights, head.lit, frame, i, x, y)
    const cover = clamp(insideOutline(x, y) * frame.pixelsPerMm)
    laySpot(painting, i, shade(skinColour(x, y), lightAt(head, i), sheen), cover)
    const inside = insideEye(Math.abs(x), y)
    if (inside > -0.2) laySpot(painting, i, eyeColour(Math.abs(x), y, Math.sign(x)), smoothstep(-0.15, 0.15, inside))
  })
}

/** Paints the whole portrait on a frame. Same frame, same picture. */
export function paintPortrait(frame: Frame): Painting {
  const painting = blankPainting(frame)
  const headHeights = planeOf(frame, headHeight)
  const bodyHeights = planeOf(frame, bodyHeight)
  const isHead = Uint8Array.from(planeOf(frame, outlineShare), (share) => (share < 1 ? 1 : 0))
  const isBody = Uint8Array.from(bodyHeights, (z) => (z > -300 ? 1 : 0))
  const caster = planeOf(frame, hairCaster)
  for (let i = 0; i < caster.length; i++) {
    caster[i] = Math.max(caster[i]!, bodyHeights[i]!, isHead[i] ? headHeights[i]! : -400)
  }
  const head = surfaceOf(frame, headHeights, isHead, caster)
  const body = surfaceOf(frame, bodyHeights, isBody, caster)
  const room = backdrop(seeds.backdrop)
  eachPixel(frame, (x, y, i) => laySpot(painting, i, room(x, y), 1))
  paintHairBehind(painting, seeds.hairBehind)
  paintBody(painting, body, false)
  paintBody(painting, body, true)
  paintFace(painting, head)
  paintBrows(painting, seeds.brows)
  paintLashes(painting, seeds.lashes)
  paintHairInFront(painting, seeds.hairInFront)
  return painting
}
