import { spawnSync } from 'node:child_process'
import { bundledFfmpegPath } from '../../src/renderer/bundled-ffmpeg.ts'

export const ffmpegPath = bundledFfmpegPath()

/** What ffmpeg says of a file: streams, sizes, metadata. */
export function describeMedia(file: string): string {
  return spawnSync(ffmpegPath, ['-hide_banner', '-i', file], { encoding: 'utf8' }).stderr
}
