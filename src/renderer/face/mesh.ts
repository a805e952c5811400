import type { GraphModel } from '@tensorflow/tfjs-converter'
import { type Tensor, tensor4d } from '@tensorflow/tfjs-core'
import type { RgbImage } from '../ports.ts'
import { type Detection, tidyData } from './detect.ts'
import { eyeAngle } from './face-of-mesh.ts'
import { pointCount } from './landmarks.ts'
import { type Crop, cutOut } from './sample.ts'

/** Side of the mesh network's square input, pixels. */
const meshSize = 192

/** MediaPipe's margin: the crop is 1.5 times the longer side of the face. */
const cropMargin = 1.5

/** 468 x (x, y, z) in image pixels, and the network's belief that the crop holds a face seen from the front. */
export interface Mesh {
  readonly points: Float32Array
  readonly flag: number
}

/** Lays the mesh over one crop. Synchronous: tfjs must not be entered twice. */
export type Mesher = (image: RgbImage, crop: Crop) => Mesh

export function createMesher(model: GraphModel): Mesher {
  return (image, crop) => {
    const pixels = cutOut(image, crop, meshSize)
    const [raw, flag] = tidyData(() => {
      const input = tensor4d(pixels, [1, meshSize, meshSize, 3])
      return model.execute(input, ['Identity_2', 'Identity_1']) as Tensor[]
    })
    return { points: toImage(raw!, crop), flag: flag![0]! }
  }
}

function toImage(raw: Float32Array, crop: Crop): Float32Array {
  const points = new Float32Array(pointCount * 3)
  const scale = crop.side / meshSize
  const cos = Math.cos(crop.angle)
  const sin = Math.sin(crop.angle)
  for (let at = 0; at < points.length; at += 3) {
    const u = (raw[at]! - meshSize / 2) * scale
    const v = (raw[at + 1]! - meshSize / 2) * scale
    points[at] = crop.centreX + u * cos - v * sin
    points[at + 1] = crop.centreY + u * sin + v * cos
    points[at + 2] = raw[at + 2]! * scale
  }
  return points
}

export function cropOfDetection(detection: Detection): Crop {
  return {
    centreX: detection.centreX,
    centreY: detection.centreY,
    side: Math.max(detection.width, detection.height) * cropMargin,
    angle: detection.angle,
  }
}

/** The upright square around a mesh, turned with the eyes: a far better crop than the detector's. */
export function cropOfMesh(points: Float32Array): Crop {
  const angle = eyeAngle(points)
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  let minU = Number.POSITIVE_INFINITY
  let maxU = Number.NEGATIVE_INFINITY
  let minV = Number.POSITIVE_INFINITY
  let maxV = Number.NEGATIVE_INFINITY
  for (let at = 0; at < points.length; at += 3) {
    const u = points[at]! * cos + points[at + 1]! * sin
    const v = points[at + 1]! * cos - points[at]! * sin
    minU = Math.min(minU, u)
    maxU = Math.max(maxU, u)
    minV = Math.min(minV, v)
    maxV = Math.max(maxV, v)
  }
  const u = (minU + maxU) / 2
  const v = (minV + maxV) / 2
  return {
    centreX: u * cos - v * sin,
    centreY: u * sin + v * cos,
    side: Math.max(maxU - minU, maxV - minV) * cropMargin,
    angle,
  }
}

/** Shifts and sizes of the crops that a steady mesh averages, as shares of the crop's side. */
const jitters = [
  { right: 0, down: 0, size: 1 },
  { right: 0.015, down: -0.015, size: 0.96 },
  { right: -0.015, down: 0.015, size: 1.04 },
] as const

/** The mean mesh of three slightly different crops. The single mesh wobbles with the crop; the mean holds the lips steadier. */
export function steadyMesh(mesher: Mesher, image: RgbImage, crop: Crop): Mesh {
  const points = new Float32Array(pointCount * 3)
  let flag = 0
  for (const { right, down, size } of jitters) {
    const mesh = mesher(image, {
      ...crop,
      centreX: crop.centreX + right * crop.side,
      centreY: crop.centreY + down * crop.side,
      side: crop.side * size,
    })
    for (let at = 0; at < points.length; at++) points[at]! += mesh.points[at]! / jitters.length
    flag += mesh.flag / jitters.length
  }
  return { points, flag }
}
