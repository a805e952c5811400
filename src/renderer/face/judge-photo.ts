import type { Box, Face, RgbImage } from '../ports.ts'
import { packMesh } from './pack-mesh.ts'

/**
 * Whether a photo can be made to speak. The gates were set on the 22 faces of six sample photos, each also turned in quarters and
 * shrunk: 21 faces seen with both eyes have flag 1.00 and |yaw| 0-31; the one full profile has flag 0.31-0.93 and |yaw| 37-57.
 */
export type ProblemCode =
  | 'no-face'
  | 'face-too-small'
  | 'face-turned-away'
  | 'face-upside-down'
  | 'face-index-out-of-range'

export type WarningCode = 'small-face' | 'face-turned' | 'face-tilted' | 'several-faces'

export interface JudgedFace {
  /** The public `face` number. */
  readonly index: number
  /** Shares of the image's width and height, 0..1. */
  readonly box: Box
  readonly yawDegrees: number
  readonly rollDegrees: number
  readonly score: number
  readonly flag: number
  /** Pixels of the photo itself. */
  readonly mouthWidthPixels: number
  /** The face's mesh for the renderer, see packMesh; null where the face cannot speak. */
  readonly mesh: string | null
  readonly ok: boolean
  readonly problem: PhotoProblem | null
  readonly warnings: readonly WarningCode[]
}

export interface PhotoVerdict {
  readonly ok: boolean
  readonly faces: readonly JudgedFace[]
  /** Index of the face that would speak; null when none can. */
  readonly chosen: number | null
  readonly problem: PhotoProblem | null
  readonly warnings: readonly PhotoWarning[]
}

export interface PhotoProblem {
  readonly reason: ProblemCode
  readonly message: string
  readonly hint: string
}

export interface PhotoWarning {
  readonly code: WarningCode
  readonly message: string
}

/** Below 24 px the lips are three or four pixels high and drawing an opening mouth is invention; below 45 it looks soft. */
const minMouthPixels = 24
const softMouthPixels = 45
/** Past 40 degrees the far mouth corner is hidden; from 28 the far side shows stretched skin. */
const maxYaw = 40
const warnYaw = 28
/** The mesh network's own doubt. Seen from the front: 1.00 (lowest 0.99). */
const minFlag = 0.9
/** Tilts to 45 degrees land well. Past 70 it is a photo lying on its side rather than a tilted head. */
const maxRoll = 70
const warnRoll = 50
const upsideDownRoll = 135

export interface JudgePhotoOptions {
  /** The face the caller asked for. Without it the most prominent one that can speak is taken. */
  readonly face?: number | undefined
  /** Photo pixels per image pixel, where the faces were looked for in a smaller copy. Default 1. */
  readonly shrunkBy?: number
}

type Size = Pick<RgbImage, 'width' | 'height'>

/** Judges the faces a FaceFinder found, in its order, against the size of the image they were found in. Pure. */
export function judgePhoto(faces: readonly Face[], image: Size, options: JudgePhotoOptions = {}): PhotoVerdict {
  const { face: asked, shrunkBy = 1 } = options
  const judged = faces.map((face, index) => judgeFace({ face, index, image, shrunkBy, isOnly: faces.length === 1 }))
  if (judged.length === 0) return refuse(judged, noFace)
  const chosen = asked === undefined ? (judged.find((face) => face.ok) ?? judged[0]) : judged[asked]
  if (chosen === undefined) return refuse(judged, outOfRange(judged.length))
  if (chosen.problem !== null) return refuse(judged, chosen.problem)
  const warnings: PhotoWarning[] = chosen.warnings.map((code) => ({ code, message: warningMessage(code, chosen) }))
  if (asked === undefined && judged.length > 1) {
    warnings.push({ code: 'several-faces', message: severalFaces(judged.length, chosen.index) })
  }
  return { ok: true, faces: judged, chosen: chosen.index, problem: null, warnings }
}

interface Candidate {
  readonly face: Face
  readonly index: number
  readonly image: Size
  readonly shrunkBy: number
  readonly isOnly: boolean
}

function judgeFace({ face, index, image, shrunkBy, isOnly }: Candidate): JudgedFace {
  const mouth = face.mouthWidth * shrunkBy
  const reason = findProblem(face, mouth)
  const name = isOnly ? 'The face' : index === 0 ? 'The largest face' : `Face ${index}`
  return {
    index,
    box: share(face.box, image),
    yawDegrees: face.yawDegrees,
    rollDegrees: face.rollDegrees,
    score: face.score,
    flag: face.flag,
    mouthWidthPixels: mouth,
    mesh: reason === null ? packMesh(face.points, image) : null,
    ok: reason === null,
    problem: reason === null ? null : explain(reason, name, face, mouth),
    warnings: findWarnings(face, mouth),
  }
}

/** The part of a box that lies in the image: a mesh may reach beyond the edge. */
function share(box: Box, { width, height }: Size): Box {
  const within = (value: number, size: number): number => Math.min(1, Math.max(0, value / size))
  const x = within(box.x, width)
  const y = within(box.y, height)
  return { x, y, width: within(box.x + box.width, width) - x, height: within(box.y + box.height, height) - y }
}

/**
 * The turn goes before yaw and size: a photo that lies on its side is put right in one step, whatever else is wrong with it. But
 * where the mesh doubts that it is a face, its roll means nothing; turned faces have flag 1.00 too.
 */
function findProblem(face: Face, mouth: number): ProblemCode | null {
  if (face.flag < minFlag) return 'face-turned-away'
  if (Math.abs(face.rollDegrees) > maxRoll) return 'face-upside-down'
  if (Math.abs(face.yawDegrees) > maxYaw) return 'face-turned-away'
  if (mouth < minMouthPixels) return 'face-too-small'
  return null
}

function findWarnings(face: Face, mouth: number): WarningCode[] {
  const warnings: WarningCode[] = []
  if (mouth < softMouthPixels) warnings.push('small-face')
  if (Math.abs(face.yawDegrees) > warnYaw) warnings.push('face-turned')
  if (Math.abs(face.rollDegrees) > warnRoll) warnings.push('face-tilted')
  return warnings
}

function refuse(faces: readonly JudgedFace[], problem: PhotoProblem): PhotoVerdict {
  return { ok: false, faces, chosen: null, problem, warnings: [] }
}

const noFace: PhotoProblem = {
  reason: 'no-face',
  message: 'No face was found in the photo.',
  hint: 'Use a photo in which one face is seen clearly from the front, well lit and not covered.',
}

function outOfRange(count: number): PhotoProblem {
  return {
    reason: 'face-index-out-of-range',
    message: `The photo has ${count === 1 ? '1 face' : `${count} faces`}; the face asked for is not among them.`,
    hint: count === 1 ? 'Leave `face` out or set it to 0.' : `Set \`face\` to a number from 0 to ${count - 1}.`,
  }
}

function explain(reason: ProblemCode, name: string, face: Face, mouth: number): PhotoProblem {
  const roll = Math.abs(face.rollDegrees)
  const yaw = Math.abs(face.yawDegrees)
  if (reason === 'face-upside-down') {
    return {
      reason,
      message: `${name} ${roll > upsideDownRoll ? 'is upside down' : 'lies on its side'}.`,
      hint: 'Rotate the photo so that the face is upright.',
    }
  }
  if (reason === 'face-turned-away') {
    return {
      reason,
      message:
        yaw > maxYaw
          ? `${name} is turned ${Math.round(yaw)} degrees to the side; at most ${maxYaw} can be made to speak.`
          : `${name} is not seen clearly from the front.`,
      hint: 'Use a photo in which the face looks towards the camera and nothing covers it.',
    }
  }
  return {
    reason,
    message: `${name} is too small: the mouth is ${Math.round(mouth)} pixels wide and needs at least ${minMouthPixels}.`,
    hint: 'Use a photo of higher resolution, or one taken from nearer.',
  }
}

function warningMessage(code: WarningCode, face: JudgedFace): string {
  switch (code) {
    case 'small-face':
      return `The mouth is only ${Math.round(face.mouthWidthPixels)} pixels wide; the video will look soft. ${softMouthPixels} or more look better.`
    case 'face-turned':
      return `The face is turned ${Math.round(Math.abs(face.yawDegrees))} degrees to the side; it looks best below ${warnYaw}.`
    default:
      return `The head is tilted ${Math.round(Math.abs(face.rollDegrees))} degrees; upright looks best.`
  }
}

function severalFaces(count: number, chosen: number): string {
  const which = chosen === 0 ? 'the largest' : `number ${chosen}, the largest that can speak,`
  return `The photo has ${count} faces; ${which} was taken. \`face\` chooses another, from 0 (largest) to ${count - 1}.`
}
