import type { Face } from '../ports.ts'
import { curveAt, curveSamples } from './curve.ts'
import { fromMouth, type MouthFrame, pointAt } from './mouth-frame.ts'
import type { Layer, PictureMemory, Plane } from './picture-memory.ts'
import { photoGap, type Seam } from './seam.ts'

/** A colour as limited-range Y, Cb, Cr. */
export interface Colour {
  readonly y: number
  readonly u: number
  readonly v: number
}

/** The colours of the mouth's inside, taken from the photo, so that a grey photo or a painting gets a mouth of its own kind. */
export interface MouthColours {
  readonly cavity: Colour
  readonly tongue: Colour
  readonly enamel: Colour
}

/** Mesh points on the cheeks and on the lower lip. */
const cheekPoints = [50, 280, 205, 425]
const lipPoints = [16, 315, 85]

export function chooseColours(
  memory: PictureMemory,
  photo: Layer,
  face: Face,
  frame: MouthFrame,
  seam: Seam,
): MouthColours {
  const radius = Math.max(1, 0.06 * frame.unit)
  const around = (points: readonly number[], r: number): Colour =>
    mean(points.map((n) => pointAt(face, n)).map((p) => colourAround(memory, photo, p.x, p.y, r)))
  const skin = around(cheekPoints, radius)
  const lip = around(lipPoints, radius / 2)
  const light = Math.max(0, skin.y - 16)
  const tinted = (brightness: number, of: Colour, amount: number): Colour => ({
    y: Math.min(222, 16 + brightness * light),
    u: 128 + (of.u - 128) * amount,
    v: 128 + (of.v - 128) * amount,
  })
  return {
    cavity: tinted(0.1, lip, 0.55),
    tongue: tinted(0.5, lip, 1.05),
    // Enamel is as bright as the skin and has its hue, much paler: pure white teeth look pasted in.
    enamel: seam.teeth ? brightestOfGap(memory, photo, frame, seam) : tinted(1.1, skin, 0.4),
  }
}

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
  return mean(colours.sort((a, b) => b.y - a.y).slice(0, colours.length >> 1))
}

function mean(colours: readonly Colour[]): Colour {
  const of = (pick: (c: Colour) => number): number => colours.reduce((sum, c) => sum + pick(c), 0) / colours.length
  return { y: of((c) => c.y), u: of((c) => c.u), v: of((c) => c.v) }
}

function colourAround(memory: PictureMemory, layer: Layer, x: number, y: number, radius: number): Colour {
  return {
    y: meanAround(memory, layer.y, x, y, radius),
    u: meanAround(memory, layer.u, x / 2, y / 2, radius / 2),
    v: meanAround(memory, layer.v, x / 2, y / 2, radius / 2),
  }
}

/** Mean of a plane's pixels within `radius` of a position; at the edges the nearest pixels count more often. */
function meanAround(memory: PictureMemory, plane: Plane, x: number, y: number, radius: number): number {
  const reach = Math.round(radius)
  let sum = 0
  for (let j = -reach; j <= reach; j++) {
    for (let i = -reach; i <= reach; i++) {
      const cx = Math.min(plane.width - 1, Math.max(0, Math.round(x) + i))
      const cy = Math.min(plane.height - 1, Math.max(0, Math.round(y) + j))
      sum += memory.bytes[plane.origin + cy * plane.stride + cx]!
    }
  }
  return sum / (2 * reach + 1) ** 2
}
