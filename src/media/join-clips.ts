/**
 * Foreign clips, inspected before, become one film. Each is cut to what is said in it (clip-end.ts), brought to the size and
 * rate of the first, to the colours with which the one before ends, and to one loudness; a dissolve of four pictures hides what
 * is left of the seam. A clip is decoded twice and encoded once; only one is open at a time, so many cost no more memory.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FinishContext } from '../generations/finisher.ts'
import { type Cut, cutOf } from './clip-end.ts'
import { asSent, type ColourMatch, edgeColour, matchColours, matched, matchFilter } from './match-colours.ts'
import {
  clipTimeoutMs,
  foreignInput,
  frameRate,
  type MeasuredClip,
  measureClip,
  soundRate,
  unusableClip,
} from './measure-clip.ts'
import { mixSound } from './mix-sound.ts'
import { runFfmpeg } from './run-ffmpeg.ts'

interface Part {
  readonly clip: MeasuredClip
  readonly cut: Cut
  readonly match: ColourMatch
}

const dissolvePictures = 4
const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '17', '-pix_fmt', 'yuv420p'] as const

/** @throws Failure PROVIDER_ERROR 'output-unusable'; TIMEOUT; the signal's reason */
export function createJoinClips(path: string) {
  return async (clips: readonly string[], context: FinishContext): Promise<{ readonly video: string }> => {
    const { scratch, signal, onProgress } = context
    const total = clips.length * 2 + 1
    let done = 0
    const tell = () => onProgress({ stage: 'join', done: ++done, total, fraction: done / (total + 1) })
    const run = async (args: readonly string[], limited: boolean) => {
      const ran = await runFfmpeg({
        path,
        args: ['-v', 'error', '-nostdin', '-y', ...args],
        timeoutMs: clipTimeoutMs,
        signal,
        limited,
      })
      if (ran.exitCode !== 0) throw unusableClip(ran.errors)
    }

    const measured: MeasuredClip[] = []
    for (const clip of clips) {
      const atFps = measured[0]?.fps
      measured.push(await measureClip(clip, { path, scratch, signal, ...(atFps !== undefined && { atFps }) }))
      tell()
    }
    const [first] = measured
    if (!first) throw unusableClip('there is no clip')
    const rate = frameRate(first.fps)
    const parts = partsOf(measured, rate.perSecond)
    const names = parts.map((_, index) => `part-${index}.mp4`)
    for (const [index, part] of parts.entries()) {
      await run(pictureArgs(part, first, rate.words, scratch, index, join(scratch, names[index]!)), true)
      tell()
    }
    const joined = await soundAndList(parts, names, rate.perSecond, scratch)
    const to = join(scratch, 'joined.mp4')
    await run(
      [
        ...['-protocol_whitelist', 'file', '-f', 'concat', '-safe', '1', '-i', `file:${joined.list}`],
        ...['-protocol_whitelist', 'file', '-f', 'wav', '-i', `file:${joined.sound}`],
        ...['-map', '0:v:0', '-map', '1:a:0', '-c:v', 'copy', '-c:a', 'aac', '-b:a', '192k'],
        ...['-metadata', 'comment=Synthetic media: an AI-generated video made from a photo and a script.'],
        ...['-movflags', '+faststart', '-f', 'mp4', `file:${to}`],
      ],
      false,
    )
    tell()
    return { video: to }
  }
}

function partsOf(clips: readonly MeasuredClip[], fps: number): readonly Part[] {
  const parts: Part[] = []
  for (const [index, clip] of clips.entries()) {
    const cut = cutOf(clip, fps, index === clips.length - 1)
    const before = parts.at(-1)
    const match = before ? matchColours(endOf(before), edgeColour(clip.colours, cut.from, cut.to, 'first')) : asSent
    parts.push({ clip, cut, match })
  }
  return parts
}

function endOf({ clip, cut, match }: Part) {
  return matched(edgeColour(clip.colours, cut.from, cut.to, 'last'), match)
}

/** Encodes one part, beginning with a dissolve from the last picture of the one before, and keeps its own last one for the next. */
function pictureArgs(
  { clip, cut, match }: Part,
  { width, height }: MeasuredClip,
  rate: string,
  scratch: string,
  index: number,
  to: string,
): readonly string[] {
  const [w, h] = [width - (width % 2), height - (height % 2)]
  const still = (of: number) => `file:${join(scratch, `last-${of}.yuv`)}`
  const shape = `scale=${w}:${h}:force_original_aspect_ratio=increase,crop=${w}:${h},setsar=1,format=yuv420p`
  const stretch = `fps=${rate}:start_time=0,trim=start_frame=${cut.from}:end_frame=${cut.to},setpts=PTS-STARTPTS`
  const own = [stretch, shape, matchFilter(match)].filter((filter) => filter !== null).join(',')
  const seam =
    index === 0
      ? `[0:v:0]${own}[whole]`
      : [
          `[0:v:0]${own}[own]`,
          `[1:v]loop=${dissolvePictures}:1,format=yuva420p,fade=out:0:${dissolvePictures + 1}:alpha=1,trim=start_frame=1,setpts=PTS-STARTPTS[before]`,
          '[own][before]overlay=eof_action=pass:format=yuv420[whole]',
        ].join(';')
  // One name of its colours for all parts, as a film has one: what players take pictures of that size for anyway.
  const names = Math.min(w, h) >= 576 ? 'bt709' : 'unknown'
  const named = `setparams=range=tv:color_primaries=${names}:color_trc=${names}:colorspace=${names}`
  const graph = `${seam};[whole]${named},split[film][end];[end]trim=start_frame=${cut.to - cut.from - 1}[last]`
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p']
  return [
    ...foreignInput(clip.path),
    ...(index === 0 ? [] : [...raw, '-video_size', `${w}x${h}`, '-framerate', rate, '-i', still(index - 1)]),
    ...['-filter_complex', graph],
    ...['-map', '[film]', ...video, '-r', rate, '-video_track_timescale', '90000', '-f', 'mp4', `file:${to}`],
    ...['-map', '[last]', ...raw, still(index)],
  ]
}

async function soundAndList(parts: readonly Part[], names: readonly string[], fps: number, scratch: string) {
  const [list, sound] = [join(scratch, 'parts.txt'), join(scratch, 'joined.wav')]
  const pictures = parts.map(({ cut }) => cut.to - cut.from)
  const lines = names.map((name, index) => `file ${name}\nduration ${(pictures[index]! / fps).toFixed(6)}`)
  await writeFile(list, `ffconcat version 1.0\n${lines.join('\n')}\n`)
  // Each stretch of sound ends where its pictures do, counted from the film's beginning: nothing adds up.
  let shown = 0
  const placed = parts.map(({ clip, cut }) => {
    const begins = Math.round((shown / fps) * soundRate)
    shown += cut.to - cut.from
    const from = Math.round((cut.from / fps) * soundRate)
    return { clip, from, to: from + Math.round((shown / fps) * soundRate) - begins }
  })
  await writeFile(sound, mixSound(placed))
  return { list, sound }
}
