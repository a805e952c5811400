import { curveAt } from './curve.ts'
import { basisAt, type LipEdges, type MouthPose, neckFade, sideReach, spreadAbove } from './fields.ts'
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
import { fromMouth, type MouthFrame, toMouth } from './mouth-frame.ts'
import type { Coverage, PictureMemory } from './picture-memory.ts'
import { endsBeyond, type Seam, wholeBeyond } from './seam.ts'

/** One of the two photo layers of the mouth: its static maps on the grid and its positions in the frame being drawn. */
export interface MouthLayer {
  readonly positions: Positions
  readonly modes: Modes
  readonly coverage: Coverage
  /** How far inside the layer a node of the photo lies, pixels (negative: beyond the seam). */
  readonly depth: Float32Array
  /** Displacement of the current pose, pixels, in picture axes. */
  readonly dx: Float32Array
  readonly dy: Float32Array
  /** Sources found for the last frame: the next search starts there. */
  readonly offsetX: Float32Array
  readonly offsetY: Float32Array
  /** `depth` at each node's source; far outside where the layer is not needed. */
  readonly sourceDepth: Float32Array
}

export interface MouthLayers {
  readonly grid: Grid
  readonly upper: MouthLayer
  readonly lower: MouthLayer
  readonly interiorModes: Modes
  readonly interiorPositions: Positions
  readonly maps: readonly {
    readonly map: 'spread' | 'common' | 'upper' | 'lower'
    readonly key: keyof MouthPose
    readonly values: Float32Array
  }[]
  readonly softness: number
}

const absent = -1e4

export function mouthArea(frame: MouthFrame): Rectangle {
  const corners = [-sideReach * frame.left, sideReach * frame.right].flatMap((u) =>
    [
      Math.min(frame.noseV, Math.min(frame.leftV, frame.rightV, frame.innerUpper[5]!.y) - spreadAbove * frame.unit),
      frame.chinV + neckFade * frame.unit,
    ].map((v) => fromMouth(frame, u, v)),
  )
  return {
    left: Math.min(...corners.map((p) => p.x)) - 4,
    top: Math.min(...corners.map((p) => p.y)) - 4,
    right: Math.max(...corners.map((p) => p.x)) + 4,
    bottom: Math.max(...corners.map((p) => p.y)) + 4,
  }
}

export function createMouthLayers(
  memory: PictureMemory,
  area: Rectangle,
  frame: MouthFrame,
  seam: Seam,
  edges: LipEdges,
  coverages: { readonly upper: Coverage; readonly lower: Coverage },
): MouthLayers {
  const grid = coverWithGrid(memory, area, 2)
  const map = (): Float32Array => new Float32Array(grid.nodes)
  const softness = endsBeyond(frame.unit)
  const layer = (coverage: Coverage): MouthLayer => ({
    positions: createPositions(memory, grid),
    modes: createModes(memory, grid, 0),
    coverage,
    depth: map(),
    dx: map(),
    dy: map(),
    offsetX: map(),
    offsetY: map(),
    sourceDepth: map(),
  })
  const upper = layer(coverages.upper)
  const lower = layer(coverages.lower)
  const maps = [
    { map: 'spread', key: 'spread', values: map() },
    { map: 'common', key: 'cornerDrop', values: map() },
    { map: 'upper', key: 'raise', values: map() },
    { map: 'upper', key: 'close', values: map() },
    { map: 'upper', key: 'upperThickness', values: map() },
    { map: 'lower', key: 'open', values: map() },
    { map: 'lower', key: 'close', values: map() },
    { map: 'lower', key: 'lowerThickness', values: map() },
  ] as const
  for (let n = 0; n < grid.nodes; n++) {
    const x = grid.x + (n % grid.nodesPerRow) * grid.cell
    const y = grid.y + Math.floor(n / grid.nodesPerRow) * grid.cell
    const { x: u, y: v } = toMouth(frame, { x, y })
    const b = basisAt(frame, seam, edges, u, v)
    const share = clearOfEdges(memory, grid, x, y, 24)
    const values = [
      b.spread,
      b.cornerDrop,
      b.raise,
      b.upperClose,
      b.upperThickness,
      b.open,
      b.lowerClose,
      b.lowerThickness,
    ]
    for (let k = 0; k < maps.length; k++) maps[k]!.values[n] = values[k]! * share
    upper.depth[n] = curveAt(seam.upper, u) - v
    lower.depth[n] = v - curveAt(seam.lower, u)
  }
  fillCoverage(memory, grid, frame, seam, softness, upper.coverage, lower.coverage)
  const interiorModes = createModes(memory, grid, 0)
  return { grid, upper, lower, interiorModes, interiorPositions: createPositions(memory, grid), maps, softness }
}

/** Both layers are whole `wholeBeyond` pixels beyond the seam's line, so that at rest nothing shows between them even between pixels, and end `softness` pixels beyond it. */
function fillCoverage(
  memory: PictureMemory,
  grid: Grid,
  frame: MouthFrame,
  seam: Seam,
  softness: number,
  upper: Coverage,
  lower: Coverage,
): void {
  const { bytes } = memory
  const margin = 16
  const x0 = Math.max(0, grid.x - margin) & ~1
  const x1 = Math.min(memory.width, grid.x + grid.columns * 16 + margin) & ~1
  const y0 = Math.max(0, grid.y - margin) & ~1
  const y1 = Math.min(memory.height, grid.y + grid.rows * grid.cell + margin) & ~1
  const ramp = (depth: number): number =>
    Math.min(255, Math.max(0, Math.round((255 * (depth + softness)) / (softness - wholeBeyond))))
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const { x: u, y: v } = toMouth(frame, { x, y })
      bytes[upper.y.origin + y * upper.y.stride + x] = ramp(curveAt(seam.upper, u) - v)
      bytes[lower.y.origin + y * lower.y.stride + x] = ramp(v - curveAt(seam.lower, u))
    }
  }
  for (const { y: luma, c: chroma } of [upper, lower]) {
    for (let y = y0 / 2; y < y1 / 2; y++) {
      for (let x = x0 / 2; x < x1 / 2; x++) {
        const at = luma.origin + 2 * y * luma.stride + 2 * x
        const sum = bytes[at]! + bytes[at + 1]! + bytes[at + luma.stride]! + bytes[at + luma.stride + 1]!
        bytes[chroma.origin + y * chroma.stride + x] = (sum + 2) >> 2
      }
    }
  }
}

/** Sums the maps into both layers' displacement for a pose. */
export function poseMouth(layers: MouthLayers, frame: MouthFrame, pose: MouthPose): void {
  const { upper, lower, grid } = layers
  const ax = frame.across.x
  const ay = frame.across.y
  const [spread, corner, raise, upperClose, upperThick, open, lowerClose, lowerThick] = layers.maps.map((m) => m.values)
  for (let n = 0; n < grid.nodes; n++) {
    const u = spread![n]! * pose.spread
    const common = corner![n]! * pose.cornerDrop
    const up = common + raise![n]! * pose.raise + upperClose![n]! * pose.close + upperThick![n]! * pose.upperThickness
    const down = common + open![n]! * pose.open + lowerClose![n]! * pose.close + lowerThick![n]! * pose.lowerThickness
    upper.dx[n] = u * ax - up * ay
    upper.dy[n] = u * ay + up * ax
    lower.dx[n] = u * ax - down * ay
    lower.dy[n] = u * ay + down * ax
  }
}

/**
 * Finds where each node's pixel of a layer comes from: s = q - D(s), by fixed point from the last frame's answer. The maps' slopes stay
 * below 0.5, so three rounds from there leave less than a tenth of a pixel. Nodes whose photo place lies more than `slack` beyond
 * the seam cannot come into view and are left alone.
 */
export function invertLayer(
  memory: PictureMemory,
  grid: Grid,
  layer: MouthLayer,
  qx: Float32Array,
  qy: Float32Array,
  slack: number,
): void {
  const { dx, dy, depth, offsetX, offsetY, sourceDepth } = layer
  const { xs, ys } = layer.positions
  const w = grid.nodesPerRow
  const scale = 1 / grid.cell
  const maxX = w - 1.001
  const maxY = grid.rows - 0.001
  for (let n = 0; n < grid.nodes; n++) {
    const px = qx[n]!
    const py = qy[n]!
    if (depth[n]! < -slack) {
      sourceDepth[n] = absent
      xs[n] = fixedColumn(memory, px)
      ys[n] = fixedRow(memory, py)
      continue
    }
    let ox = offsetX[n]!
    let oy = offsetY[n]!
    let inside = 0
    for (let round = 0; round < 3; round++) {
      let gx = (px - ox - grid.x) * scale
      let gy = (py - oy - grid.y) * scale
      gx = gx < 0 ? 0 : Math.min(gx, maxX)
      gy = gy < 0 ? 0 : Math.min(gy, maxY)
      const i = gx | 0
      const j = gy | 0
      const fx = gx - i
      const fy = gy - j
      const at = j * w + i
      const w11 = fx * fy
      const w01 = fx - w11
      const w10 = fy - w11
      const w00 = 1 - fx - w10
      ox = dx[at]! * w00 + dx[at + 1]! * w01 + dx[at + w]! * w10 + dx[at + w + 1]! * w11
      oy = dy[at]! * w00 + dy[at + 1]! * w01 + dy[at + w]! * w10 + dy[at + w + 1]! * w11
      if (round === 2)
        inside = depth[at]! * w00 + depth[at + 1]! * w01 + depth[at + w]! * w10 + depth[at + w + 1]! * w11
    }
    offsetX[n] = ox
    offsetY[n] = oy
    sourceDepth[n] = inside
    xs[n] = fixedColumn(memory, px - ox)
    ys[n] = fixedRow(memory, py - oy)
  }
}
