import { type Frame, type Plane, sample } from './canvas.ts'
import { clamp } from './numbers.ts'

export type Vector = readonly [x: number, y: number, z: number]

export const unit = ([x, y, z]: Vector): Vector => {
  const length = Math.hypot(x, y, z)
  return [x / length, y / length, z / length]
}

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** A large soft window high on the picture's left; x right, y down, z to the viewer. */
export const keyLight = unit([-0.5, -0.5, 0.78])

/** How a surface is lit, on a coarser frame. */
export interface Lit {
  readonly frame: Frame
  /** Share of the key light that arrives, 0..1. */
  readonly key: Plane
  /** Share of the sky that is seen, 0..1. */
  readonly sky: Plane
}

/** Points spread over the window, so that shadows have a soft border. */
const windowPoints: readonly Vector[] = Array.from({ length: 14 }, (_, i) => {
  const angle = i * 2.39996
  const radius = 0.27 * Math.sqrt((i + 0.5) / 14)
  return unit([keyLight[0] + radius * Math.cos(angle), keyLight[1] + radius * Math.sin(angle), keyLight[2]])
})

const reachSteps = [1.2, 2.2, 3.4, 5, 7, 9.5, 12.5, 16, 20, 25, 31, 38, 46, 56, 68]
const skySteps = [1.5, 3.5, 7, 12, 19, 28, 40, 58]

function keyShare(caster: Plane, frame: Frame, x: number, y: number, z: number): number {
  let arrived = 0
  for (const [lx, ly, lz] of windowPoints) {
    let open = 1
    const flat = Math.hypot(lx, ly)
    for (const reach of reachSteps) {
      const over = sample(caster, frame, x + (lx / flat) * reach, y + (ly / flat) * reach) - (z + (lz / flat) * reach)
      if (over > 0) open = Math.min(open, clamp(1 - over / (0.5 + reach * 0.09)))
      if (open === 0) break
    }
    arrived += open
  }
  return arrived / windowPoints.length
}

function skyShare(caster: Plane, frame: Frame, x: number, y: number, z: number): number {
  let open = 0
  for (let i = 0; i < 10; i++) {
    const angle = (i + 0.3) * ((2 * Math.PI) / 10)
    let rise = 0
    for (const reach of skySteps) {
      const over = sample(caster, frame, x + Math.cos(angle) * reach, y + Math.sin(angle) * reach) - z
      rise = Math.max(rise, over / Math.hypot(over, reach))
    }
    open += 1 - rise
  }
  return open / 10
}

/**
 * Walks from every point of `surface` towards the light over `caster`. Every `step`th pixel is enough:
 * both results are soft.
 * @param surface heights on `frame`; below -300 there is nothing to light
 */
export function lightSurface(surface: Plane, caster: Plane, frame: Frame, step: number): Lit {
  const coarse: Frame = {
    width: Math.ceil(frame.width / step),
    height: Math.ceil(frame.height / step),
    pixelsPerMm: frame.pixelsPerMm / step,
    centreX: frame.centreX / step,
    centreY: frame.centreY / step,
  }
  const key = new Float32Array(coarse.width * coarse.height).fill(1)
  const sky = new Float32Array(coarse.width * coarse.height).fill(1)
  let i = -1
  for (let row = 0; row < coarse.height; row++) {
    const y = (row + 0.5 - coarse.centreY) / coarse.pixelsPerMm
    for (let column = 0; column < coarse.width; column++) {
      i++
      const x = (column + 0.5 - coarse.centreX) / coarse.pixelsPerMm
      const z = sample(surface, frame, x, y)
      if (z < -160) continue
      key[i] = keyShare(caster, frame, x, y, z + 0.25)
      sky[i] = skyShare(caster, frame, x, y, z)
    }
  }
  return { frame: coarse, key, sky }
}

/** The direction a field faces at a pixel, from its neighbours. */
export function normalAt(heights: Plane, frame: Frame, index: number): Vector {
  const left = heights[index - 1] ?? heights[index]!
  const right = heights[index + 1] ?? heights[index]!
  const above = heights[index - frame.width] ?? heights[index]!
  const below = heights[index + frame.width] ?? heights[index]!
  const scale = frame.pixelsPerMm / 2
  return unit([(left - right) * scale, (above - below) * scale, 1])
}
