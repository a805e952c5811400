import { type PictureMemory, type Plane, padding } from './picture-memory.ts'
import type { WarpCall } from './warp-kernel.ts'

/** A lattice of source positions over a rectangle of the frame, and what is to be done with each of its blocks. */
export interface Grid {
  readonly x: number
  readonly y: number
  /** Blocks of 16 pixels across, of one cell down. */
  readonly columns: number
  readonly rows: number
  readonly log: 2 | 3
  readonly cell: number
  readonly nodesPerRow: number
  readonly nodes: number
}

/** One set of source positions on a grid, in the kernel's memory. */
export interface Positions {
  readonly xAddress: number
  readonly yAddress: number
  readonly xs: Int32Array
  readonly ys: Int32Array
}

/** The block of `modes` of a grid, in the kernel's memory. */
export interface Modes {
  readonly address: number
  readonly bytes: Uint8Array
}

export interface Rectangle {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * The grid that covers a rectangle, kept inside the picture. Where the picture's size is no multiple of the blocks, up to 14 columns or 6
 * rows at its edge are left out; fields must have died out there (see `clearOfEdges`).
 */
export function coverWithGrid(memory: PictureMemory, area: Rectangle, log: 2 | 3): Grid {
  const cell = 1 << log
  const span = (from: number, to: number, limit: number, block: number): { start: number; count: number } => {
    const low = Math.max(0, Math.floor(from / 2) * 2)
    const high = Math.min(limit, to)
    const count = Math.max(1, Math.min(Math.ceil((high - low) / block), Math.floor(limit / block)))
    const start = Math.max(0, Math.min(low, Math.floor((limit - count * block) / 2) * 2))
    return { start, count }
  }
  const across = span(area.left, area.right, memory.width, 16)
  const down = span(area.top, area.bottom, memory.height, cell)
  const nodesPerRow = across.count * (16 >> log) + 1
  return {
    x: across.start,
    y: down.start,
    columns: across.count,
    rows: down.count,
    log,
    cell,
    nodesPerRow,
    nodes: nodesPerRow * (down.count + 1),
  }
}

export function createPositions(memory: PictureMemory, grid: Grid): Positions {
  const xAddress = memory.take(grid.nodes * 4)
  const yAddress = memory.take(grid.nodes * 4)
  return {
    xAddress,
    yAddress,
    xs: memory.words.subarray(xAddress >> 2, (xAddress >> 2) + grid.nodes),
    ys: memory.words.subarray(yAddress >> 2, (yAddress >> 2) + grid.nodes),
  }
}

export function createModes(memory: PictureMemory, grid: Grid, value: number): Modes {
  const address = memory.take(grid.columns * grid.rows)
  const bytes = memory.bytes.subarray(address, address + grid.columns * grid.rows)
  bytes.fill(value)
  return { address, bytes }
}

/** Kept this far inside the padding, so that 16-byte loads of the kernel stay within it. */
const reach = padding - 4

/** A source column as the kernel takes it: 16.16 fixed point, never beyond the padding. */
export function fixedColumn(memory: PictureMemory, x: number): number {
  const high = memory.width + padding - 20
  return Math.round((x < -reach ? -reach : Math.min(x, high)) * 65536)
}

export function fixedRow(memory: PictureMemory, y: number): number {
  const high = memory.height + padding - 6
  return Math.round((y < -reach ? -reach : Math.min(y, high)) * 65536)
}

/** 1 in the picture's middle, falling to 0 at those edges of the grid where it leaves a rest of the picture out or is cut off by it. */
export function clearOfEdges(memory: PictureMemory, grid: Grid, x: number, y: number, ramp: number): number {
  const ease = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t))
  const right = grid.x + grid.columns * 16
  const bottom = grid.y + grid.rows * grid.cell
  let share = 1
  if (grid.x < ramp) share = Math.min(share, ease((x - grid.x) / ramp))
  if (grid.y < ramp) share = Math.min(share, ease((y - grid.y) / ramp))
  if (memory.width - right < ramp) share = Math.min(share, ease((right - x) / ramp))
  if (memory.height - bottom < ramp) share = Math.min(share, ease((bottom - y) / ramp))
  return share
}

export interface Source {
  readonly y: Plane
  readonly u: Plane
  readonly v: Plane
}

/** Draws a grid's blocks from a layer into an unpadded frame: luma, then both chroma planes. */
export function drawGrid(
  memory: PictureMemory,
  grid: Grid,
  positions: Positions,
  modes: Modes,
  source: Source,
  coverage: { readonly y: Plane; readonly c: Plane } | null,
  frame: number,
): void {
  const { width, height, kernel } = memory
  const common = {
    gridX: positions.xAddress,
    gridY: positions.yAddress,
    nodesPerRow: grid.nodesPerRow,
    modes: modes.address,
    columns: grid.columns,
    rows: grid.rows,
    gridLog: grid.log,
  }
  const luma: WarpCall = {
    ...common,
    shift: 0,
    source: source.y.origin,
    stride: source.y.stride,
    alpha: coverage?.y.origin ?? 0,
    target: frame + grid.y * width + grid.x,
    targetStride: width,
    source2: 0,
    target2: 0,
  }
  kernel.warp(luma)
  const half = width / 2
  const inPlane = (grid.y / 2) * half + grid.x / 2
  const u = frame + width * height
  kernel.warp({
    ...common,
    shift: 1,
    source: source.u.origin,
    stride: source.u.stride,
    alpha: coverage?.c.origin ?? 0,
    target: u + inPlane,
    targetStride: half,
    source2: source.v.origin,
    target2: u + half * (height / 2) + inPlane,
  })
}
