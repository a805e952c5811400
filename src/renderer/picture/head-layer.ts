import {
  clearOfEdges,
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
import { type HeadPose, type HeadShape, headReach, headShare } from './head-motion.ts'
import type { PictureMemory } from './picture-memory.ts'
import { blockMode } from './warp-kernel.ts'

/** The head's motion on a grid: how much of each kind of motion every node takes part in, fixed for a render. */
export interface HeadField {
  readonly grid: Grid
  /** Share, share x nearness, and share x position relative to the head's centre (x, y). */
  readonly share: Float32Array
  readonly near: Float32Array
  readonly relativeX: Float32Array
  readonly relativeY: Float32Array
}

export interface HeadLayer {
  readonly field: HeadField
  readonly positions: Positions
  readonly modes: Modes
}

/**
 * Takes out the blocks that need no drawing: those where the head's motion has died out, which hold the photo from the start, and those
 * that lie wholly in `covered`, which is painted over in every frame. About a third of the rectangle.
 */
export function skipBlocks(layer: HeadLayer, covered: Grid): void {
  const { grid, share } = layer.field
  const right = covered.x + covered.columns * 16
  const bottom = covered.y + covered.rows * covered.cell
  for (let by = 0; by < grid.rows; by++) {
    for (let bx = 0; bx < grid.columns; bx++) {
      const x = grid.x + bx * 16
      const y = grid.y + by * grid.cell
      const hidden = x >= covered.x && x + 16 <= right && y >= covered.y && y + grid.cell <= bottom
      let moves = false
      for (let k = 0; k < 6; k++) {
        const n = (by + (k < 3 ? 0 : 1)) * grid.nodesPerRow + bx * 2 + (k % 3)
        if (share[n]! > 0) moves = true
      }
      if (hidden || !moves) layer.modes.bytes[by * grid.columns + bx] = blockMode.skip
    }
  }
}

export function headArea(head: HeadShape): Rectangle {
  const reach = headReach * Math.max(head.radiusX, head.radiusY)
  const c = Math.abs(head.across.x)
  const s = Math.abs(head.across.y)
  const halfWidth = Math.min(reach, headReach * (head.radiusX * c + head.radiusY * s))
  const halfHeight = Math.min(reach, headReach * (head.radiusX * s + head.radiusY * c))
  return {
    left: head.centre.x - halfWidth,
    top: head.centre.y - halfHeight,
    right: head.centre.x + halfWidth,
    bottom: head.centre.y + halfHeight,
  }
}

/** Ramp towards a cut edge, in pixels: long against the few pixels of sway, so that nothing folds. */
const edgeRamp = 40

export function createHeadLayer(
  memory: PictureMemory,
  area: Rectangle,
  head: HeadShape,
  nearness: (x: number, y: number) => number,
): HeadLayer {
  const grid = coverWithGrid(memory, area, 3)
  const field = emptyField(grid)
  for (let n = 0; n < grid.nodes; n++) {
    const x = grid.x + (n % grid.nodesPerRow) * grid.cell
    const y = grid.y + Math.floor(n / grid.nodesPerRow) * grid.cell
    const share = headShare(head, x, y) * clearOfEdges(memory, grid, x, y, edgeRamp)
    setNode(field, n, share, share > 0 ? share * nearness(x, y) : 0, x - head.centre.x, y - head.centre.y)
  }
  return { field, positions: createPositions(memory, grid), modes: createModes(memory, grid, 1) }
}

function emptyField(grid: Grid): HeadField {
  const map = (): Float32Array => new Float32Array(grid.nodes)
  return { grid, share: map(), near: map(), relativeX: map(), relativeY: map() }
}

function setNode(field: HeadField, n: number, share: number, near: number, dx: number, dy: number): void {
  field.share[n] = share
  field.near[n] = near
  field.relativeX[n] = share * dx
  field.relativeY[n] = share * dy
}

/** The same field on a finer grid, so that mouth and eyes ride on exactly the motion of the head around them. */
export function resampleHeadField(from: HeadField, grid: Grid): HeadField {
  const field = emptyField(grid)
  const pick = (map: Float32Array, x: number, y: number): number => bilinear(from.grid, map, x, y)
  for (let n = 0; n < grid.nodes; n++) {
    const x = grid.x + (n % grid.nodesPerRow) * grid.cell
    const y = grid.y + Math.floor(n / grid.nodesPerRow) * grid.cell
    field.share[n] = pick(from.share, x, y)
    field.near[n] = pick(from.near, x, y)
    field.relativeX[n] = pick(from.relativeX, x, y)
    field.relativeY[n] = pick(from.relativeY, x, y)
  }
  return field
}

/** A grid map's value at a picture position; beyond the grid its nearest edge. */
export function bilinear(grid: Grid, map: Float32Array, x: number, y: number): number {
  const w = grid.nodesPerRow
  const gx = Math.min(w - 1.001, Math.max(0, (x - grid.x) / grid.cell))
  const gy = Math.min(grid.rows - 0.001, Math.max(0, (y - grid.y) / grid.cell))
  const i = Math.floor(gx)
  const j = Math.floor(gy)
  const fx = gx - i
  const fy = gy - j
  const at = j * w + i
  const top = map[at]! + (map[at + 1]! - map[at]!) * fx
  const bottom = map[at + w]! + (map[at + w + 1]! - map[at + w]!) * fx
  return top + (bottom - top) * fy
}

/**
 * Where every node's pixel of the moved head comes from, in pixels of the still picture: p - H(p). The exact inverse would be
 * p - H(source); with 2 % motion the two differ by hundredths of a pixel, and smoothly.
 */
export function placeHead(field: HeadField, head: HeadShape, pose: HeadPose, xs: Float32Array, ys: Float32Array): void {
  const { grid, share, near, relativeX, relativeY } = field
  const r = head.radiusX
  const ax = head.across.x
  const ay = head.across.y
  const shiftX = r * (pose.shiftX * ax - pose.shiftY * ay)
  const shiftY = r * (pose.shiftX * ay + pose.shiftY * ax)
  const depthX = r * (pose.turn * ax - pose.nod * ay)
  const depthY = r * (pose.turn * ay + pose.nod * ax)
  let n = 0
  for (let j = 0; j <= grid.rows; j++) {
    const y = grid.y + j * grid.cell
    for (let i = 0; i < grid.nodesPerRow; i++, n++) {
      const s = share[n]!
      const z = near[n]!
      xs[n] = grid.x + i * grid.cell - (shiftX * s + depthX * z - pose.roll * relativeY[n]!)
      ys[n] = y - (shiftY * s + depthY * z + pose.roll * relativeX[n]!)
    }
  }
}

export function writePositions(memory: PictureMemory, positions: Positions, xs: Float32Array, ys: Float32Array): void {
  const { xs: outX, ys: outY } = positions
  for (let n = 0; n < xs.length; n++) {
    outX[n] = fixedColumn(memory, xs[n]!)
    outY[n] = fixedRow(memory, ys[n]!)
  }
}
