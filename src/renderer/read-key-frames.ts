import { readPhoto } from './face/read-photo.ts'
import { layOverPhoto } from './picture/lay-over-photo.ts'
import { pointAt } from './picture/mouth-frame.ts'
import { cutMouthTexture, type MouthTexture } from './picture/mouth-texture.ts'
import { settleOverlay } from './picture/settle-overlay.ts'
import type { Face, FaceFinder, RenderJob, RenderResult, RgbImage } from './ports.ts'

type KeyFrames = NonNullable<RenderJob['keyFrames']>

/** The photo as it is rendered, its face in it, and where on the whole photo (in shares of it) the face's middle lies. */
export interface KeyFrameGround {
  readonly picture: RgbImage
  readonly face: Face
  readonly place: { readonly x: number; readonly y: number }
}

export interface ReadKeyFrames {
  readonly mouths: readonly MouthTexture[]
  readonly told: NonNullable<RenderResult['keyFrames']>
}

/** Larger pictures tell the mesh nothing more, and a mouth little. */
const longestSide = 1600
/** Below this the mouth would be a blur: the same bound as for photos. */
const leastMouthWidth = 24
/** Rigid points may differ by this share of the face's width: edits of one photo reached .006, other people .019 and more. */
const mostResidual = 0.025
/** Eyes, brows and nose: edits of one photo reached .999 and more, their 96-pixel copies .93, other people .67 at most. */
const leastLikeness = 0.75
/** Degrees between the two heads: edits of one photo were 1.0 apart at most, turned heads 4.9 and more. */
const mostTurn = 4
/** Farther than this many face widths from where the photo has the face, it is somebody else's. */
const mostDistance = 0.6
/** An 'ah' opens the mouth by at least this share of its width more than the photo does: edits reached .048 to .29, a mouth left alone .001. */
const leastOpening = 0.025
/** Shapes that are asked for because of what they show between the lips. */
const openingShapes: readonly string[] = ['ah', 'ee', 'oo']

/**
 * Reads pictures that somebody else made of the photo's face with other mouths. They are untrusted: whatever is wrong with one drops it,
 * with the reason, and never fails the render.
 */
export async function readKeyFrames(
  keyFrames: KeyFrames,
  ground: KeyFrameGround,
  finder: FaceFinder,
  signal?: AbortSignal,
): Promise<ReadKeyFrames> {
  const mouths: MouthTexture[] = []
  const dropped: { shape: string; why: string }[] = []
  for (const { shape, path } of keyFrames) {
    signal?.throwIfAborted()
    const read = await readOne(shape, path, ground, finder)
    if ('texture' in read) mouths.push(read.texture)
    else dropped.push({ shape, why: read.dropped })
  }
  return { mouths, told: { used: mouths.map(({ shape }) => shape), dropped } }
}

async function readOne(
  shape: string,
  path: string,
  { picture, face, place }: KeyFrameGround,
  finder: FaceFinder,
): Promise<{ readonly texture: MouthTexture } | { readonly dropped: string }> {
  const image = await readPhoto(path, { maxSide: longestSide }).catch(() => null)
  if (image === null) return { dropped: 'unreadable' }
  const found = nearest(await finder.find(image), image, place)
  if (found === undefined) return { dropped: 'no face' }
  const width = found.box.width
  const distance = Math.hypot(
    found.box.x + width / 2 - place.x * image.width,
    found.box.y + found.box.height / 2 - place.y * image.height,
  )
  if (found.mouthWidth < leastMouthWidth) return { dropped: 'too small' }
  if (distance > mostDistance * width) return { dropped: 'the head moved' }
  const { toPicture: start, residual } = layOverPhoto(face, found)
  const { toPicture, likeness } = settleOverlay(picture, face, image, start)
  if (Math.abs(found.yawDegrees - face.yawDegrees) > mostTurn) return { dropped: 'the head moved' }
  if (residual > mostResidual || likeness < leastLikeness) return { dropped: 'another face' }
  const outcome = cutMouthTexture(picture, face, { shape, image, face: found, toPicture })
  if (shape === 'ah' && openness(found) - openness(face) < leastOpening) return { dropped: 'the mouth did not change' }
  if ('texture' in outcome) return outcome
  if (outcome.dropped === 'colours') return { dropped: 'its colours are others' }
  if (outcome.dropped === 'teeth') return { dropped: 'its lips cannot be told from its teeth' }
  return { dropped: openingShapes.includes(shape) ? 'the mouth did not change' : 'nothing shows between its lips' }
}

/** The gap between the lips, in widths of the mouth. */
function openness(face: Face): number {
  const [upper, lower] = [pointAt(face, 13), pointAt(face, 14)]
  return Math.hypot(lower.x - upper.x, lower.y - upper.y) / face.mouthWidth
}

function nearest(
  faces: readonly Face[],
  { width, height }: RgbImage,
  place: KeyFrameGround['place'],
): Face | undefined {
  const away = ({ box }: Face): number =>
    Math.hypot(box.x + box.width / 2 - place.x * width, box.y + box.height / 2 - place.y * height)
  return [...faces].sort((a, b) => away(a) - away(b))[0]
}
