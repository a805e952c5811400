import type { Face, RgbImage } from '../ports.ts'
import { type Eye, findEyes } from './blink.ts'
import { createEyeLayer, type EyeLayer, eyeArea, placeLid } from './eye-layer.ts'
import { lipEdges } from './fields.ts'
import { lookAt } from './gap-content.ts'
import { drawGrid, type Grid, type Rectangle } from './grid.ts'
import {
  createHeadLayer,
  type HeadField,
  headArea,
  placeHead,
  resampleHeadField,
  skipBlocks,
  writePositions,
} from './head-layer.ts'
import { createNearness, findHead, type HeadPose } from './head-motion.ts'
import { createKeyMouths } from './key-mouths.ts'
import { chooseBlocks } from './mouth-blocks.ts'
import { createMouthFrame } from './mouth-frame.ts'
import { createMouthInterior } from './mouth-interior.ts'
import { createMouthLayers, invertLayer, mouthArea, poseMouth } from './mouth-layers.ts'
import type { MouthMoment, MouthShape } from './mouth-pose.ts'
import type { MouthTexture } from './mouth-texture.ts'
import { copyToFrame, createPictureMemory, fillLayer } from './picture-memory.ts'
import { findSeam } from './seam.ts'

/** Frames that may be under way to the encoder while the next one is drawn. */
export const ringFrames = 4

export interface Compositor {
  readonly shape: MouthShape
  readonly eyes: readonly Eye[]
  /** The only rectangle of the frame that ever differs from the photo. */
  readonly moving: Rectangle
  readonly kernel: 'wasm' | 'javascript'
  /** Draws into the next of `ringFrames` buffers and returns it; it is drawn over again `ringFrames` calls later. */
  draw(head: HeadPose, mouth: MouthMoment, lids: number): Uint8Array
}

export interface CompositorOptions {
  /** False keeps the head where it is: fewer pixels move. */
  readonly headMoves: boolean
  /** Insides of this mouth as other pictures show them; where there are none they are painted. */
  readonly mouths?: readonly MouthTexture[]
  readonly prefer?: 'wasm' | 'javascript'
}

function join(areas: readonly Rectangle[]): Rectangle {
  return {
    left: Math.min(...areas.map((a) => a.left)),
    top: Math.min(...areas.map((a) => a.top)),
    right: Math.max(...areas.map((a) => a.right)),
    bottom: Math.max(...areas.map((a) => a.bottom)),
  }
}

/**
 * Draws frames of a photo whose face moves. Every frame buffer holds the photo from the start; only the head's rectangle is
 * rewritten: the moved head, over it the mouth (inside, lower layer, upper layer), over that the lids while they blink.
 */
export function createCompositor(picture: RgbImage, face: Face, options: CompositorOptions): Compositor {
  const { width, height } = picture
  const look = lookAt(picture)
  const frame = createMouthFrame(face)
  const edges = lipEdges(frame)
  const seam = findSeam(frame, look, edges)
  const head = findHead(face, frame)
  const eyes = findEyes(face, look)
  const memory = createPictureMemory(
    width,
    height,
    // Grids: one node per 64 pixels for the head, five sets of one per 16 for mouth and eyes, 8 bytes each.
    { layers: 2, coverages: 4, frames: ringFrames, extra: Math.ceil(width * height * 4) + 65536 },
    options.prefer ?? 'wasm',
  )
  const photo = memory.layer()
  const inside = memory.layer()
  fillLayer(memory, photo, picture)
  // The inside starts as the photo, so that no edge can ever let anything else shimmer through.
  fillLayer(memory, inside, picture)
  const frames = Array.from({ length: ringFrames }, () => memory.frame())
  for (const buffer of frames) copyToFrame(memory, photo, buffer)

  const mouth = mouthArea(frame)
  const parts = [mouth, ...eyes.map(eyeArea)]
  const headLayer = createHeadLayer(
    memory,
    options.headMoves ? join([headArea(head), ...parts]) : join(parts),
    head,
    createNearness(face, head),
  )
  const layers = createMouthLayers(memory, mouth, frame, seam, edges, {
    upper: memory.coverage(),
    lower: memory.coverage(),
  })
  skipBlocks(headLayer, layers.grid)
  const eyeLayers = eyes.map((eye): { layer: EyeLayer; nodes: Nodes } => {
    const layer = createEyeLayer(memory, eye, memory.coverage())
    return { layer, nodes: createNodes(headLayer.field, layer.grid) }
  })
  const keys = options.mouths?.length ? createKeyMouths(options.mouths, frame.unit) : null
  const paintInterior = createMouthInterior(memory, photo, inside, face, frame, seam, edges, keys)
  const headNodes = {
    field: headLayer.field,
    xs: new Float32Array(headLayer.field.grid.nodes),
    ys: new Float32Array(headLayer.field.grid.nodes),
  }
  const mouthNodes = createNodes(headLayer.field, layers.grid)
  let turn = 0

  const draw = (pose: HeadPose, moment: MouthMoment, shut: number): Uint8Array => {
    const target = frames[turn]!
    turn = (turn + 1) % frames.length
    placeHead(headNodes.field, head, pose, headNodes.xs, headNodes.ys)
    writePositions(memory, headLayer.positions, headNodes.xs, headNodes.ys)
    drawGrid(memory, headNodes.field.grid, headLayer.positions, headLayer.modes, photo, null, target)
    placeHead(mouthNodes.field, head, pose, mouthNodes.xs, mouthNodes.ys)
    poseMouth(layers, frame, moment.pose)
    // A layer's edge comes no farther over the seam than it closes or opens.
    const room = 8 + frame.unit * 0.08
    invertLayer(memory, layers.grid, layers.upper, mouthNodes.xs, mouthNodes.ys, room + seam.gap * frame.unit)
    invertLayer(memory, layers.grid, layers.lower, mouthNodes.xs, mouthNodes.ys, room + seam.gap * frame.unit)
    chooseBlocks(memory, layers, mouthNodes.xs, mouthNodes.ys)
    paintInterior(moment)
    drawGrid(memory, layers.grid, layers.interiorPositions, layers.interiorModes, inside, null, target)
    drawGrid(memory, layers.grid, layers.lower.positions, layers.lower.modes, photo, layers.lower.coverage, target)
    drawGrid(memory, layers.grid, layers.upper.positions, layers.upper.modes, photo, layers.upper.coverage, target)
    // Last, because the mouth's rectangle reaches over the eyes of a tilted face.
    if (shut > 0.01) {
      for (const { layer, nodes } of eyeLayers) {
        placeHead(nodes.field, head, pose, nodes.xs, nodes.ys)
        placeLid(memory, layer, nodes.xs, nodes.ys, shut)
        drawGrid(memory, layer.grid, layer.positions, layer.modes, photo, layer.coverage, target)
      }
    }
    return memory.bytes.subarray(target, target + memory.frameBytes)
  }
  const area = headLayer.field.grid
  return {
    shape: { frame, seam },
    eyes,
    kernel: memory.kernel.kind,
    moving: { left: area.x, top: area.y, right: area.x + area.columns * 16, bottom: area.y + area.rows * area.cell },
    draw,
  }
}

interface Nodes {
  readonly field: HeadField
  readonly xs: Float32Array
  readonly ys: Float32Array
}

function createNodes(from: HeadField, grid: Grid): Nodes {
  return { field: resampleHeadField(from, grid), xs: new Float32Array(grid.nodes), ys: new Float32Array(grid.nodes) }
}
