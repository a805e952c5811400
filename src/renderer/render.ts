import { join } from 'node:path'
import sharp from 'sharp'
import { Failure } from '../errors.ts'
import type { CaptionBurner, CaptionRequest } from './burn-in/burn-captions.ts'
import { faceOfMesh } from './face/face-of-mesh.ts'
import { faceOval } from './face/landmarks.ts'
import { unpackMesh } from './face/pack-mesh.ts'
import { readPhoto } from './face/read-photo.ts'
import { drawBasePicture, measurePhoto, type PhotoSize } from './picture/base-picture.ts'
import { lidsAt, planBlinks } from './picture/blink.ts'
import { type Compositor, createCompositor, ringFrames } from './picture/compositor.ts'
import { framePhoto, headBox, placeFace } from './picture/framing.ts'
import { createHeadMotion } from './picture/head-motion.ts'
import { mouthAt, pauseShareOf, restAt, restingMouth } from './picture/mouth-pose.ts'
import { frameToRgb } from './picture/picture-memory.ts'
import type { Encoder, Face, FaceFinder, FrameSink, LipTrack, RenderJob, RenderResult, SpokenTrack } from './ports.ts'
import { readKeyFrames } from './read-key-frames.ts'
import { type SpeakTools, speakScript, writeSpeech } from './speak-script.ts'

/** What a render works with; the child process hands in the real ones. */
export interface RenderTools extends SpeakTools {
  openFaceFinder(): Promise<FaceFinder>
  encoder: Encoder
  /** Asked only for a job that burns its subtitles in. */
  openCaptions(request: CaptionRequest): Promise<CaptionBurner>
}

interface Stage {
  readonly compositor: Compositor
  /** As it lies in the picture. */
  readonly face: Face
  readonly width: number
  readonly height: number
  readonly framing: RenderResult['framing']
  readonly enlargement: number
  readonly keyFrames: RenderResult['keyFrames']
}

/** Faces are looked for in a picture of at most this long side: the detector sees 256 pixels, the mesh 192 of one face. */
const analysisSide = 1600

/**
 * Renders one talking photo. Speech (in its worker) and the face are worked on at the same time, then frames go to the encoder as they are drawn.
 * @throws Failure `INVALID_REQUEST` with reason `script-too-long` (extra: seconds, maxSeconds), `photo-unreadable`, `no-face`, `face-index-out-of-range` or
 * what the speaker says; `PROVIDER_ERROR` `encoder-failed`.
 */
export async function renderTalkingPhoto(job: RenderJob, tools: RenderTools): Promise<RenderResult> {
  const timingsMs: Record<string, number> = {}
  const started = performance.now()
  const timed = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const from = performance.now()
    try {
      return await work
    } finally {
      timingsMs[name] = Math.round(performance.now() - from)
    }
  }
  const [{ track, lips }, stage] = await Promise.all([
    timed('speech', speakScript(job, tools)),
    timed('face', preparePicture(job, tools)),
  ])
  tools.signal?.throwIfAborted()
  const speechSeconds = track.samples.length / track.sampleRate
  const audioPath = join(job.tempDir, 'speech.wav')
  const script = await writeSpeech({ ...job, speechPath: audioPath }, track)
  const captions = job.burnSubtitles
    ? await tools.openCaptions({ script, language: job.language, picture: stage, face: stage.face })
    : null
  const sink = tools.encoder({
    width: stage.width,
    height: stage.height,
    fps: job.fps,
    maxKilobitsPerSecond: job.maxKilobitsPerSecond,
    audioPath,
    outputPath: job.outputPath,
    metadata: job.metadata,
  })
  const frames = Math.max(1, Math.ceil(speechSeconds * job.fps))
  try {
    await timed('frames', drawFrames(job, stage, { track, lips, captions }, frames, sink, tools))
    tools.onProgress?.({ stage: 'encode', done: 0, total: 1 })
    await timed('encode', sink.finish())
    tools.onProgress?.({ stage: 'encode', done: 1, total: 1 })
  } catch (error) {
    sink.abort()
    throw error
  }
  timingsMs.total = Math.round(performance.now() - started)
  return {
    seconds: frames / job.fps,
    speechSeconds,
    width: stage.width,
    height: stage.height,
    fps: job.fps,
    frames,
    voice: job.voice,
    seed: job.seed,
    framing: stage.framing,
    enlargement: stage.enlargement,
    ...(stage.keyFrames ? { keyFrames: stage.keyFrames } : {}),
    timingsMs,
  }
}

async function preparePicture(job: RenderJob, tools: RenderTools): Promise<Stage> {
  tools.onProgress?.({ stage: 'face', done: 0, total: 1 })
  const photo = await measurePhoto(job.photoPath)
  const face = knownFace(job, photo) ?? (await lookForFace(job, tools, photo))
  tools.signal?.throwIfAborted()
  const framing = framePhoto(photo, headBox(face, faceOval), job.aspectRatio, job.shortSide)
  const picture = await drawBasePicture(job.photoPath, photo, framing)
  const placed = placeFace(face, framing)
  const read = job.keyFrames?.length
    ? await readKeyFrames(
        job.keyFrames,
        { picture, face: placed, place: middleOf(face, photo) },
        await tools.openFaceFinder(),
        tools.signal,
      )
    : null
  const compositor = createCompositor(picture, placed, {
    headMoves: job.animationStrength > 0,
    ...(read ? { mouths: read.mouths } : {}),
  })
  tools.onProgress?.({ stage: 'face', done: 1, total: 1 })
  const { width, height, kind } = framing
  const enlargement = Math.round(framing.scale * 100) / 100
  return { compositor, face: placed, width, height, framing: kind, enlargement, keyFrames: read?.told }
}

/** The middle of a face in shares of its photo. */
function middleOf({ box }: Face, { width, height }: PhotoSize): { x: number; y: number } {
  return { x: (box.x + box.width / 2) / width, y: (box.y + box.height / 2) / height }
}

/** The face whose mesh came with the job, if it is one of this photo. */
function knownFace({ faceMesh }: RenderJob, photo: PhotoSize): Face | null {
  const points = faceMesh ? unpackMesh(faceMesh, photo) : null
  return points && faceOfMesh(points, { score: 1, flag: 1 })
}

async function lookForFace(job: RenderJob, tools: RenderTools, photo: PhotoSize): Promise<Face> {
  const [finder, image] = await Promise.all([
    tools.openFaceFinder(),
    readPhoto(job.photoPath, { maxSide: analysisSide }),
  ])
  const faces = await finder.find(image)
  const found = faces[job.face]
  if (found) return enlargeFace(found, photo.width / image.width)
  throw new Failure('INVALID_REQUEST', {
    reason: faces.length === 0 ? 'no-face' : 'face-index-out-of-range',
    message:
      faces.length === 0
        ? 'No face was found in the photo.'
        : `The photo shows ${faces.length} faces; there is no face ${job.face}.`,
    hint:
      faces.length === 0
        ? 'Use a photo in which one face looks at the camera.'
        : `Choose a face from 0 to ${faces.length - 1}.`,
  })
}

function enlargeFace(face: Face, scale: number): Face {
  const { x, y, width, height } = face.box
  return {
    ...face,
    points: face.points.map((value) => value * scale),
    box: { x: x * scale, y: y * scale, width: width * scale, height: height * scale },
    mouthWidth: face.mouthWidth * scale,
  }
}

async function drawFrames(
  job: RenderJob,
  stage: Stage,
  speech: { readonly track: SpokenTrack; readonly lips: LipTrack; readonly captions: CaptionBurner | null },
  frames: number,
  sink: FrameSink,
  tools: RenderTools,
): Promise<void> {
  const { compositor } = stage
  const { captions } = speech
  const seconds = frames / job.fps
  const blinks = job.animationStrength > 0 || !job.lipSync ? planBlinks(job.seed, seconds) : []
  const head = createHeadMotion(job.seed, speech.lips.stressesMs, job.animationStrength)
  const resting = restingMouth(compositor.shape)
  const pauseShare = pauseShareOf(compositor.shape.seam)
  const underWay: { readonly frame: Uint8Array; readonly written: Promise<void> }[] = []
  let thumbnail: Promise<unknown> = Promise.resolve()
  for (let i = 0; i < frames; i++) {
    if (underWay.length === ringFrames) {
      const { frame, written } = underWay.shift()!
      await written
      captions?.lift(frame)
    }
    tools.signal?.throwIfAborted()
    const at = i / job.fps
    const rest = restAt(speech.track.phones, at, pauseShare)
    const mouth = job.lipSync
      ? mouthAt(compositor.shape, speech.lips, at, 1 / job.fps, job.animationStrength, rest)
      : resting
    const frame = compositor.draw(head(at), mouth, lidsAt(blinks, at))
    // The first frame is the photo's own pose: eyes open, mouth at rest.
    if (i === 0) thumbnail = writeThumbnail(frame, stage, job.thumbnailPath)
    await captions?.lay(frame, at * 1000)
    const written = sink.write(frame)
    // A failed write is met when its turn comes; until then it must not count as unhandled.
    written.catch(() => {})
    underWay.push({ frame, written })
    if (i === 0 || i % 15 === 14 || i === frames - 1)
      tools.onProgress?.({ stage: 'frames', done: i + 1, total: frames })
  }
  await Promise.all([...underWay.map(({ written }) => written), thumbnail])
}

async function writeThumbnail(frame: Uint8Array, stage: Stage, path: string): Promise<void> {
  const { data } = frameToRgb(frame, stage.width, stage.height)
  await sharp(data, { raw: { width: stage.width, height: stage.height, channels: 3 } })
    .jpeg({ quality: 86 })
    .toFile(path)
}
