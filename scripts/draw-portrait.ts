/**
 * Draws the demo portrait: `npx tsx scripts/draw-portrait.ts assets/demo/portrait.jpg`.
 * The sitter does not exist: every pixel comes from the shapes, light and seeded noise in scripts/portrait/.
 */
import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import sharp from 'sharp'
import { frameOf, toBytes } from './portrait/canvas.ts'
import { paintPortrait } from './portrait/scene.ts'

const portraitWidth = 1024
/** Painted a quarter larger and scaled down: that smooths the edges of shapes, which are cut hard. */
const paintedWidth = 1280

/** The portrait as packed 8-bit sRGB, 1024 x 1280. Takes about twenty seconds of one core. */
export async function drawPortrait(): Promise<{
  readonly width: number
  readonly height: number
  readonly data: Buffer
}> {
  const painting = paintPortrait(frameOf(paintedWidth))
  const { width, height } = painting.frame
  const { data, info } = await sharp(toBytes(painting), { raw: { width, height, channels: 3 } })
    .resize(portraitWidth)
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

async function main(): Promise<void> {
  const [path] = process.argv.slice(2)
  if (!path) throw new Error('Usage: npx tsx scripts/draw-portrait.ts <file.jpg>')
  const { width, height, data } = await drawPortrait()
  const image = sharp(data, { raw: { width, height, channels: 3 } })
  await writeFile(path, await image.jpeg({ quality: 92, chromaSubsampling: '4:4:4', mozjpeg: true }).toBuffer())
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
