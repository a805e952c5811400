import type { Box, Face, FaceFinder, RgbImage } from '../ports.ts'
import { createDetector, type Detector, sureScore } from './detect.ts'
import { faceOfMesh } from './face-of-mesh.ts'
import { createMesher, cropOfDetection, cropOfMesh, steadyMesh } from './mesh.ts'
import { loadFaceModels } from './models.ts'
import type { Crop } from './sample.ts'

/**
 * Photo -> faces: BlazeFace finds them on the whole picture at 256 px, Face Mesh is laid over each twice (the first mesh gives the
 * second its crop). Every call to tfjs is synchronous, so two finds cannot interleave; a find blocks its thread for 30-150 ms and
 * therefore belongs in a process of its own.
 */
export interface FaceFinderOptions {
  /** Directory of blazeface.json, facemesh.json and their weights. */
  readonly modelDir: string
  /** Average the mesh over three jittered crops: steadier lips for 15-25 ms more per face. Default true. */
  readonly steady?: boolean
}

export interface LoadedFaceFinder extends FaceFinder {
  /** Lays the mesh over the place of a face known from an earlier frame of the same size; much cheaper than `find`. One crop, one pass. */
  track(image: RgbImage, known: Face): Promise<Face>
  /** Frees the networks. */
  close(): void
}

/** Two meshes of one face, from two detections, overlap more than neighbours' faces do. */
const sameFaceOverlap = 0.5

/** Below this there is no face to speak of. Hands, glasses and cloth that passed the detector: 0.10-0.48; a full profile: 0.3-0.9. */
const minFlag = 0.25

/**
 * What the detector was not sure of is enlarged and shown to it again. The flag alone does not do: a stair rail has 1.00.
 * Faces score 0.78-0.93 (66 readings at three sizes), that rail 0.53 and other things flagged above 0.6 nothing.
 */
const minSecondScore = 0.72
/** Second crops per mesh crop; the next is tried when the one before shows no face. */
const secondLookSides = [1.4, 1] as const

export async function createFaceFinder({ modelDir, steady = true }: FaceFinderOptions): Promise<LoadedFaceFinder> {
  const models = await loadFaceModels(modelDir)
  const detector = createDetector(models.detector)
  const mesher = createMesher(models.mesh)
  return {
    find: async (image) => {
      assertPacked(image)
      const faces: Face[] = []
      for (const detection of detector.detect(image)) {
        const first = mesher(image, cropOfDetection(detection))
        const crop = cropOfMesh(first.points)
        const mesh = steady ? steadyMesh(mesher, image, crop) : mesher(image, crop)
        if (mesh.flag < minFlag) continue
        const score = detection.score < sureScore ? lookAgain(detector, image, crop) : detection.score
        if (score >= minSecondScore) faces.push(faceOfMesh(mesh.points, { score, flag: mesh.flag }))
      }
      return withoutRepeats(faces.sort((a, b) => prominence(b) - prominence(a)))
    },
    track: async (image, known) => {
      assertPacked(image)
      const { points, flag } = mesher(image, cropOfMesh(known.points))
      return faceOfMesh(points, { score: known.score, flag })
    },
    close: () => {
      models.detector.dispose()
      models.mesh.dispose()
    },
  }
}

function lookAgain(detector: Detector, image: RgbImage, crop: Crop): number {
  for (const share of secondLookSides) {
    const score = detector.secondLook(image, { ...crop, side: crop.side * share })
    if (score >= minSecondScore) return score
  }
  return 0
}

/** A grey or RGBA buffer would be read past its end as NaN. */
function assertPacked({ width, height, data }: RgbImage): void {
  if (width < 1 || height < 1 || data.length !== width * height * 3) {
    throw new RangeError(`An RGB image of ${width} x ${height} needs ${width * height * 3} bytes, not ${data.length}.`)
  }
}

function prominence(face: Face): number {
  return face.box.width * face.box.height * face.score
}

function withoutRepeats(faces: readonly Face[]): readonly Face[] {
  const kept: Face[] = []
  for (const face of faces) {
    if (kept.every((other) => overlap(face.box, other.box) < sameFaceOverlap)) kept.push(face)
  }
  return kept
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  if (width <= 0 || height <= 0) return 0
  return (width * height) / (a.width * a.height + b.width * b.height - width * height)
}
