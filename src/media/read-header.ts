/** What ffmpeg says of a file before it decodes anything of it. */
export interface VideoHeader {
  readonly seconds: number
  readonly width: number
  readonly height: number
  readonly fps: number
  readonly hasAudio: boolean
}

/** Reads the lines 'Duration: 00:00:05.04' and 'Stream #0:0: Video: h264, yuv420p, 720x1280 [SAR ...], 25 fps'. */
export function readHeader(words: string): VideoHeader | null {
  const duration = /^\s*Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/m.exec(words)
  const video = /^\s*Stream #\S+ Video: (.*)$/m.exec(words)?.[1] ?? ''
  const size = /, (\d{2,5})x(\d{2,5})\b/.exec(video)
  const fps = /, (\d+(?:\.\d+)?)(k?) fps\b/.exec(video)
  if (!duration || !size || !fps) return null
  return {
    seconds: Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3]),
    width: Number(size[1]),
    height: Number(size[2]),
    fps: Number(fps[1]) * (fps[2] ? 1000 : 1),
    hasAudio: /^\s*Stream #\S+ Audio: /m.test(words),
  }
}
