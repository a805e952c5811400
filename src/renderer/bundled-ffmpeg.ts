import { createRequire } from 'node:module'

/** The encoder that came with the packages. A build of 2018: it is given our own frames and sound, never a stranger's file. */
export function bundledFfmpegPath(): string {
  const require = createRequire(import.meta.url)
  return (require('@ffmpeg-installer/ffmpeg') as { path: string }).path
}
