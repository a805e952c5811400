/** Decodes a finished clip as a player would, for the lip-sync meter: its pictures small, its sound as 16 kHz mono. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { RgbImage } from '../../src/renderer/ports.ts'

export const soundRate = 16_000

/** Faces are measured at this width: the mesh looks at 192 pixels of one face anyway. */
const pictureWidth = 640

type Decoder = ChildProcessByStdio<null, Readable, Readable>

function decode(ffmpegPath: string, path: string, output: readonly string[]): Decoder {
  const inputs = ['-hide_banner', '-nostdin', '-loglevel', 'info', '-i', path]
  return spawn(ffmpegPath, [...inputs, ...output, 'pipe:1'], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Reads what ffmpeg says; resolves at its end, throws when it failed. */
async function listen(decoder: Decoder): Promise<string> {
  let words = ''
  decoder.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text
  })
  const code = await new Promise((resolve, reject) => decoder.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`ffmpeg failed: ${words.slice(-1000)}`)
  return words
}

/** Calls `look` with every picture in turn. Only one is held at a time. */
export async function readPictures(
  ffmpegPath: string,
  path: string,
  look: (picture: RgbImage, index: number) => Promise<void>,
): Promise<{ readonly fps: number; readonly pictures: number }> {
  const scale = `scale='min(${pictureWidth},iw)':-2`
  const decoder = decode(ffmpegPath, path, ['-an', '-vf', scale, '-vsync', '0', '-f', 'image2pipe', '-c:v', 'ppm'])
  const words = listen(decoder)
  let pictures = 0
  let parts: Buffer[] = []
  let [held, needed] = [0, 1]
  for await (const chunk of decoder.stdout as AsyncIterable<Buffer>) {
    parts.push(chunk)
    held += chunk.length
    // Joined once a picture: what is left over is copied no more often than that.
    while (held >= needed) {
      const taken = takePicture(Buffer.concat(parts))
      parts = [taken.rest]
      held = taken.rest.length
      needed = taken.needed
      if (!taken.picture) continue
      await look(taken.picture, pictures)
      pictures += 1
    }
  }
  const fps = Number(/Video:.*?([\d.]+) fps/.exec(await words)?.[1])
  return { fps, pictures }
}

/** The first PPM of a buffer, 'P6 <width> <height> 255' and its pixels, once it is whole; and how many bytes it takes to look again. */
function takePicture(buffer: Buffer): {
  readonly picture?: RgbImage
  readonly rest: Buffer
  readonly needed: number
} {
  const header = /^P6\s(\d+)\s(\d+)\s255\s/.exec(buffer.toString('latin1', 0, 32))
  if (!header) return { rest: buffer, needed: buffer.length + 1 }
  const [whole, width, height] = [header[0], Number(header[1]), Number(header[2])]
  const end = whole.length + width * height * 3
  if (buffer.length < end) return { rest: buffer, needed: end }
  const data = new Uint8Array(buffer.subarray(whole.length, end))
  return { picture: { width, height, data }, rest: buffer.subarray(end), needed: 1 }
}

/** The sound from the clip's first moment on: without `aresample` a track that starts late would seem to be in time. */
export async function readSound(ffmpegPath: string, path: string): Promise<Int16Array> {
  const filter = ['-vn', '-af', 'aresample=async=1:first_pts=0']
  const decoder = decode(ffmpegPath, path, [...filter, '-ac', '1', '-ar', String(soundRate), '-f', 's16le'])
  const words = listen(decoder)
  const chunks: Buffer[] = []
  for await (const chunk of decoder.stdout as AsyncIterable<Buffer>) chunks.push(chunk)
  await words
  const bytes = Buffer.concat(chunks)
  const samples = new Int16Array(bytes.length >> 1)
  for (let at = 0; at < samples.length; at++) samples[at] = bytes.readInt16LE(at * 2)
  return samples
}
