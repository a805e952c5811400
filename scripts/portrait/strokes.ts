import { type Colour, laySpot, type Painting } from './canvas.ts'
import { clamp, type Point } from './numbers.ts'

/** One hair: a bent line that tapers, laid over the painting. `along` runs 0..1 from root to tip. */
export interface Stroke {
  readonly path: (along: number) => Point
  /** Roughly; decides how finely the path is walked. Millimetres. */
  readonly length: number
  /** Full width in millimetres. */
  readonly width: (along: number) => number
  readonly colour: (along: number, at: Point, tangent: Point) => Colour
  readonly cover: (along: number, at: Point) => number
}

export type Bend = readonly [Point, Point, Point, Point]

export function bezier([a, b, c, d]: Bend, t: number): Point {
  const s = 1 - t
  const wa = s * s * s
  const wb = 3 * s * s * t
  const wc = 3 * s * t * t
  const wd = t * t * t
  return [wa * a[0] + wb * b[0] + wc * c[0] + wd * d[0], wa * a[1] + wb * b[1] + wc * c[1] + wd * d[1]]
}

/** Lays a stroke with soft edges, one spot a pixel. */
export function drawStroke(painting: Painting, stroke: Stroke): void {
  const { frame } = painting
  const steps = Math.max(4, Math.ceil(stroke.length * frame.pixelsPerMm * 1.05))
  let before = stroke.path(0)
  let colour: Colour = [0, 0, 0]
  for (let k = 1; k <= steps; k++) {
    const along = k / steps
    const here = stroke.path(along)
    const dx = here[0] - before[0]
    const dy = here[1] - before[1]
    const size = Math.hypot(dx, dy) || 1
    before = here
    const radius = (stroke.width(along) * frame.pixelsPerMm) / 2
    const cover = stroke.cover(along, here)
    const tangent: Point = [dx / size, dy / size]
    // Light changes slowly along a hair: every fifth spot asks for it anew.
    if (k % 5 === 1) colour = stroke.colour(along, here, tangent)
    if (cover > 0.003 && radius > 0) spot(painting, here, tangent, radius, colour, cover)
  }
}

function spot(painting: Painting, at: Point, tangent: Point, radius: number, colour: Colour, cover: number): void {
  const { frame } = painting
  const px = at[0] * frame.pixelsPerMm + frame.centreX - 0.5
  const py = at[1] * frame.pixelsPerMm + frame.centreY - 0.5
  // Thinner than a pixel is drawn a pixel wide and fainter.
  const strength = cover * clamp(radius * 2)
  const wide = Math.max(radius, 0.5)
  const reach = Math.ceil(wide + 0.5)
  const lastRow = Math.min(Math.round(py) + reach, frame.height - 1)
  const lastColumn = Math.min(Math.round(px) + reach, frame.width - 1)
  for (let row = Math.max(Math.round(py) - reach, 0); row <= lastRow; row++) {
    for (let column = Math.max(Math.round(px) - reach, 0); column <= lastColumn; column++) {
      const across = Math.abs((column - px) * -tangent[1] + (row - py) * tangent[0])
      const along = Math.abs((column - px) * tangent[0] + (row - py) * tangent[1])
      const share = clamp(wide + 0.5 - across) * clamp(1.05 - along)
      if (share > 0) laySpot(painting, row * frame.width + column, colour, clamp(share * strength))
    }
  }
}
