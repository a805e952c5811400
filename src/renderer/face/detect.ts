import type { GraphModel } from '@tensorflow/tfjs-converter'
import { type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core'
import type { RgbImage } from '../ports.ts'
import { createAnchors, detectorSize } from './anchors.ts'
import { type Crop, cutOut, letterbox, turnClockwise } from './sample.ts'

/** A face as the detector sees it, in pixels of the image. */
export interface Detection {
  readonly score: number
  readonly centreX: number
  readonly centreY: number
  readonly width: number
  readonly height: number
  /** Turn of the line between the eyes, radians, -pi..pi. */
  readonly angle: number
}

/** MediaPipe's own thresholds for this network. */
const minScore = 0.5
const sameFaceOverlap = 0.3

/** Numbers per anchor: centre, size, then six key points, of which the first two are the eyes. */
const rowLength = 16

/** Candidate boxes: score, x, y, width, height, right eye x y, left eye x y, in detector pixels. */
type Candidate = readonly number[]

/**
 * The network knows upright faces; from an upside-down one it makes an upright one that is not there, and the mesh believes it
 * (flag up to 1.00). So unless it is sure, the picture is also shown to it in three quarter turns and the surest reading of each place wins.
 * Highest score of a false upright reading of 22 faces turned 90, 135, 180 and 270 degrees: 0.81. Of the same faces the right
 * way up 17 score 0.84-0.95 and cost no second look (three more runs, 21 ms each).
 */
export const sureScore = 0.82

/** Both functions are synchronous: tfjs must not be entered twice. */
export interface Detector {
  detect(image: RgbImage): readonly Detection[]
  /** Score of an upright face in the middle of the crop, 0 where there is none. */
  secondLook(image: RgbImage, crop: Crop): number
}

export function createDetector(model: GraphModel): Detector {
  const anchors = createAnchors()
  const detect = (image: RgbImage): readonly Detection[] => {
    const { pixels, fit } = letterbox(image, detectorSize)
    let faces = look(model, anchors, pixels)
    if (faces.length === 0 || faces.some(([score]) => score! < sureScore)) {
      let turned = pixels
      for (let quarters = 1; quarters < 4; quarters++) {
        turned = turnClockwise(turned, detectorSize)
        faces = faces.concat(look(model, anchors, turned).map((face) => turnBack(face, quarters)))
      }
      faces = surestOfEachPlace(faces)
    }
    return faces.map(([score, x, y, width, height, rightX, rightY, leftX, leftY]) => ({
      score: score!,
      centreX: (x! - fit.offsetX) / fit.scale,
      centreY: (y! - fit.offsetY) / fit.scale,
      width: width! / fit.scale,
      height: height! / fit.scale,
      angle: Math.atan2(leftY! - rightY!, leftX! - rightX!),
    }))
  }
  const secondLook = (image: RgbImage, crop: Crop): number => {
    const pixels = cutOut(image, crop, detectorSize).map((value) => value * 2 - 1)
    return look(model, anchors, pixels).reduce(
      (best, face) => (isUprightAndCentred(face) ? Math.max(best, face[0]!) : best),
      0,
    )
  }
  return { detect, secondLook }
}

function isUprightAndCentred([, x, y, , , rightX, rightY, leftX, leftY]: Candidate): boolean {
  const offCentre = Math.max(Math.abs(x! - detectorSize / 2), Math.abs(y! - detectorSize / 2))
  return offCentre < detectorSize / 5 && Math.abs(leftY! - rightY!) < 0.7 * (leftX! - rightX!)
}

function look(model: GraphModel, anchors: Float32Array, pixels: Float32Array): Candidate[] {
  return mergeOverlaps(decode(run(model, pixels), anchors))
}

/** A candidate of the picture turned clockwise by so many quarters, in the picture as it is. */
function turnBack([score, ...rest]: Candidate, quarters: number): Candidate {
  const [x, y, width, height, rightX, rightY, leftX, leftY] = rest
  const back = (fromX: number, fromY: number): [number, number] => {
    let point: [number, number] = [fromX, fromY]
    for (let turn = 0; turn < quarters; turn++) point = [point[1], detectorSize - point[0]]
    return point
  }
  const size = quarters % 2 === 0 ? [width!, height!] : [height!, width!]
  return [score!, ...back(x!, y!), ...size, ...back(rightX!, rightY!), ...back(leftX!, leftY!)]
}

function surestOfEachPlace(faces: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = []
  for (const face of faces.slice().sort((a, b) => b[0]! - a[0]!)) {
    if (kept.every((other) => overlap(face, other) <= sameFaceOverlap)) kept.push(face)
  }
  return kept
}

interface RawOutput {
  readonly scores: Float32Array
  readonly rows: Float32Array
}

function run(model: GraphModel, pixels: Float32Array): RawOutput {
  const names = ['Identity', 'Identity_1', 'Identity_2', 'Identity_3']
  const [fineScores, coarseScores, fineRows, coarseRows] = tidyData(() => {
    const input = tensor4d(pixels, [1, detectorSize, detectorSize, 3])
    return model.execute(input, names) as Tensor[]
  })
  return { scores: join(fineScores!, coarseScores!), rows: join(fineRows!, coarseRows!) }
}

/** Runs a network and reads its outputs, leaving no tensor behind. */
export function tidyData(execute: () => Tensor[]): Float32Array[] {
  const data: Float32Array[] = []
  tidy(() => {
    // dataSync on wasm may be a view of its heap, which the next run overwrites: copy.
    for (const output of execute()) data.push(Float32Array.from(output.dataSync()))
  })
  return data
}

function join(first: Float32Array, second: Float32Array): Float32Array {
  const whole = new Float32Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}

function decode({ scores, rows }: RawOutput, anchors: Float32Array): Candidate[] {
  const candidates: Candidate[] = []
  for (let index = 0; index < scores.length; index++) {
    const score = 1 / (1 + Math.exp(-scores[index]!))
    if (score < minScore) continue
    const at = index * rowLength
    const x = anchors[index * 2]!
    const y = anchors[index * 2 + 1]!
    candidates.push([
      score,
      rows[at]! + x,
      rows[at + 1]! + y,
      rows[at + 2]!,
      rows[at + 3]!,
      rows[at + 4]! + x,
      rows[at + 5]! + y,
      rows[at + 6]! + x,
      rows[at + 7]! + y,
    ])
  }
  return candidates.sort((a, b) => b[0]! - a[0]!)
}

/** Non-maximum suppression that averages the boxes of one face by score instead of throwing the weaker away. */
function mergeOverlaps(candidates: readonly Candidate[]): Candidate[] {
  const faces: Candidate[] = []
  let left = candidates
  while (left.length > 0) {
    const best = left[0]!
    const same = left.filter((other) => other === best || overlap(best, other) > sameFaceOverlap)
    left = left.filter((other) => !same.includes(other))
    const weight = same.reduce((sum, other) => sum + other[0]!, 0)
    faces.push(
      best.map((own, field) =>
        field === 0 ? own : same.reduce((sum, other) => sum + other[field]! * other[0]!, 0) / weight,
      ),
    )
  }
  return faces
}

function overlap(a: Candidate, b: Candidate): number {
  const [, ax, ay, aw, ah] = a as readonly [number, number, number, number, number]
  const [, bx, by, bw, bh] = b as readonly [number, number, number, number, number]
  const width = Math.min(ax + aw / 2, bx + bw / 2) - Math.max(ax - aw / 2, bx - bw / 2)
  const height = Math.min(ay + ah / 2, by + bh / 2) - Math.max(ay - ah / 2, by - bh / 2)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (aw * ah + bw * bh - width * height)
}
