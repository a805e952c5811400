import { type Eye, lidCoverage, lidSource, toEye } from './blink.ts'
import { curveAt } from './curve.ts'
import {
  coverWithGrid,
  createModes,
  createPositions,
  fixedColumn,
  fixedRow,
  type Grid,
  type Modes,
  type Positions,
  type Rectangle,
} from './grid.ts'
import type { Coverage, PictureMemory } from './picture-memory.ts'

/** One eye's lid, drawn over the moved head. */
export interface EyeLayer {
  readonly eye: Eye
  readonly grid: Grid
  readonly positions: Positions
  readonly modes: Modes
  readonly coverage: Coverage
}

export function eyeArea(eye: Eye): Rectangle {
  const places: { x: number; y: number }[] = []
  for (const u of [-eye.half, 0, eye.half]) {
    for (const v of [curveAt(eye.top, u) - 4, curveAt(eye.floor, u) + 0.35 * eye.half]) {
      places.push({ x: eye.x + u * eye.across.x - v * eye.across.y, y: eye.y + u * eye.across.y + v * eye.across.x })
    }
  }
  // A few pixels more, because the lid moves with the head.
  const room = 12
  return {
    left: Math.min(...places.map((p) => p.x)) - room,
    top: Math.min(...places.map((p) => p.y)) - room,
    right: Math.max(...places.map((p) => p.x)) + room,
    bottom: Math.max(...places.map((p) => p.y)) + room,
  }
}

/** `coverage` is this eye's alone: in a tilted face the areas overlap. */
export function createEyeLayer(memory: PictureMemory, eye: Eye, coverage: Coverage): EyeLayer {
  const grid = coverWithGrid(memory, eyeArea(eye), 2)
  const { bytes } = memory
  const softness = Math.max(1.5, 0.06 * eye.half)
  const right = grid.x + grid.columns * 16
  const bottom = grid.y + grid.rows * grid.cell
  for (let y = grid.y; y < bottom; y++) {
    for (let x = grid.x; x < right; x++) {
      const p = toEye(eye, x, y)
      bytes[coverage.y.origin + y * coverage.y.stride + x] = Math.round(255 * lidCoverage(eye, p.x, p.y, softness))
    }
  }
  for (let y = grid.y / 2; y < bottom / 2; y++) {
    for (let x = grid.x / 2; x < right / 2; x++) {
      const at = coverage.y.origin + 2 * y * coverage.y.stride + 2 * x
      const sum = bytes[at]! + bytes[at + 1]! + bytes[at + coverage.y.stride]! + bytes[at + coverage.y.stride + 1]!
      bytes[coverage.c.origin + y * coverage.c.stride + x] = (sum + 2) >> 2
    }
  }
  return { eye, grid, positions: createPositions(memory, grid), modes: createModes(memory, grid, 2), coverage }
}

/** Sets the lid's source positions; `qx`, `qy` are the grid's nodes in the still picture. */
export function placeLid(
  memory: PictureMemory,
  layer: EyeLayer,
  qx: Float32Array,
  qy: Float32Array,
  shut: number,
): void {
  const { eye, positions } = layer
  for (let n = 0; n < qx.length; n++) {
    const p = toEye(eye, qx[n]!, qy[n]!)
    const v = lidSource(eye, p.x, p.y, shut)
    positions.xs[n] = fixedColumn(memory, eye.x + p.x * eye.across.x - v * eye.across.y)
    positions.ys[n] = fixedRow(memory, eye.y + p.x * eye.across.y + v * eye.across.x)
  }
}
