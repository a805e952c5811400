import type { Box, Face } from '../ports.ts'
import { cheeks, leftEye, mouthCorners, rightEye } from './landmarks.ts'

/** What can be read off a mesh; needs no network, so a renderer that is given the mesh loads none. */
export function faceOfMesh(points: Float32Array, { score, flag }: Pick<Face, 'score' | 'flag'>): Face {
  const angle = eyeAngle(points)
  const across = difference(points, cheeks.right, cheeks.left)
  const inPlane = across.x * Math.cos(angle) + across.y * Math.sin(angle)
  const mouth = difference(points, mouthCorners.right, mouthCorners.left)
  return {
    box: boundingBox(points),
    score,
    flag,
    points,
    yawDegrees: degrees(Math.atan2(across.z, inPlane)),
    rollDegrees: degrees(angle),
    mouthWidth: Math.hypot(mouth.x, mouth.y),
  }
}

/** Turn of the eye line, radians, -pi..pi. */
export function eyeAngle(points: Float32Array): number {
  const eyes = difference(points, rightEye.outerCorner, leftEye.outerCorner)
  return Math.atan2(eyes.y, eyes.x)
}

function difference(points: Float32Array, from: number, to: number): { x: number; y: number; z: number } {
  return {
    x: points[to * 3]! - points[from * 3]!,
    y: points[to * 3 + 1]! - points[from * 3 + 1]!,
    z: points[to * 3 + 2]! - points[from * 3 + 2]!,
  }
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI
}

function boundingBox(points: Float32Array): Box {
  let left = Number.POSITIVE_INFINITY
  let top = Number.POSITIVE_INFINITY
  let right = Number.NEGATIVE_INFINITY
  let bottom = Number.NEGATIVE_INFINITY
  for (let at = 0; at < points.length; at += 3) {
    left = Math.min(left, points[at]!)
    right = Math.max(right, points[at]!)
    top = Math.min(top, points[at + 1]!)
    bottom = Math.max(bottom, points[at + 1]!)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}
