/** Photos and what the preflight says of them as public JSON. */
import type { Photo, PhotoFace, PhotoVerdict } from '../generations/generation.ts'
import { photoPath } from './paths.ts'
import type { PublicPhoto } from './schemas/photo.ts'

export function presentPhoto(photo: Photo): PublicPhoto {
  return {
    id: photo.id,
    sha256: photo.sha256,
    width: photo.width,
    height: photo.height,
    bytes: photo.bytes,
    faces: photo.faces.map(presentFace),
    created_at: photo.createdAt.toISOString(),
    links: { self: photoPath(photo.id) },
  }
}

export function presentVerdict({ ok, faces, chosen, problem, warnings }: PhotoVerdict) {
  return {
    ok,
    faces: faces.map(presentFace),
    chosen,
    problem: presentPhotoProblem(problem),
    warnings: presentWarnings(warnings),
  }
}

export function presentWarnings(warnings: PhotoVerdict['warnings']) {
  return warnings.map(({ code, message }) => ({ code, message }))
}

function presentFace(face: PhotoFace): PublicPhoto['faces'][number] {
  const { x, y, width, height } = face.box
  return {
    index: face.index,
    box: { x, y, width, height },
    yaw_degrees: face.yawDegrees,
    roll_degrees: face.rollDegrees,
    score: face.score,
    ok: face.ok,
    problem: presentPhotoProblem(face.problem),
  }
}

function presentPhotoProblem(problem: PhotoVerdict['problem']) {
  return problem && { reason: problem.reason, message: problem.message, hint: problem.hint }
}
