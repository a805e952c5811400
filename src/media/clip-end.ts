/**
 * Where a clip ends that is joined to another: after what is said in it and the pause of a breath. What a model leaves silent
 * after that would be a gap; the next clip takes up the picture of that very moment.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { clipTimeoutMs, foreignInput, frameRate, type MeasuredClip, measureClip, unusableClip } from './measure-clip.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

/** Between two sentences of a calm speaker lie 0.4 to 0.7 s; the next clip brings its part. */
const pauseSeconds = 0.25
const lastPauseSeconds = 0.5
/** Silence before the first word that may stay; what is little more is left alone, as cutting it costs the first picture. */
const headSeconds = { kept: 0.4, leftAlone: 0.6 } as const

export interface Cut {
  /** Pictures, counted from 0, `to` not included. */
  readonly from: number
  readonly to: number
}

/** @param fps at which its colours were measured */
export function cutOf(
  { speech, colours }: Pick<MeasuredClip, 'speech' | 'colours'>,
  fps: number,
  isLast: boolean,
): Cut {
  const pictures = colours.length
  if (!speech) return { from: 0, to: pictures }
  const head = speech.from > headSeconds.leftAlone ? speech.from - headSeconds.kept : 0
  const end = Math.ceil((speech.to + (isLast ? lastPauseSeconds : pauseSeconds)) * fps)
  return { from: Math.min(Math.floor(head * fps), pictures - 1), to: Math.max(1, Math.min(pictures, end)) }
}

/**
 * The last picture of a foreign clip that was inspected before, at the place where `createJoinClips` cuts it when another follows.
 * @returns a function that writes it as a JPEG to `to`. @throws Failure PROVIDER_ERROR 'output-unusable'
 */
export function createLastFrame(path: string) {
  return async (clip: string, to: string, signal: AbortSignal): Promise<void> => {
    const scratch = await mkdtemp(join(dirname(to), 'clip-end-'))
    try {
      const measured = await measureClip(clip, { path, scratch, signal })
      const { perSecond, words } = frameRate(measured.fps)
      const last = cutOf(measured, perSecond, false).to - 1
      const picture = `fps=${words}:start_time=0,trim=start_frame=${last}:end_frame=${last + 1}`
      const args = ['-v', 'error', '-nostdin', '-y', ...foreignInput(clip), '-map', '0:v:0', '-vf', picture]
      const { errors } = await runFfmpeg({
        path,
        args: [...args, '-frames:v', '1', '-q:v', '2', '-f', 'image2', '-update', '1', `file:${to}`],
        timeoutMs: clipTimeoutMs,
        signal,
        limited: true,
      })
      const found = await stat(to).catch(() => null)
      if (!found || found.size === 0) throw unusableClip(errors)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
