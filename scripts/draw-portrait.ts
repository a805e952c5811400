/**
 * Draws the demo portrait: `npx tsx scripts/draw-portrait.ts assets/demo/portrait.jpg`.
 * The sitter does not exist: every pixel comes from the shapes, light and seeded noise in scripts/portrait/.
 */
import sharp from 'sharp'
import { frameOf, toBytes } from './portrait/canvas.ts'
import { paintPortrait } from './portrait/scene.ts'

const portraitWidth = 1024
/** Painted a quarter larger and scaled down: that smooths the edges of shapes, which are cut hard. */
const paintedWidth = 1280

/** Draws the portrait into a JPEG file. Takes about twenty seconds of one core. */
async function main(): Promise<void> {
  const [path] = process.argv.slice(2)
  if (!path) throw new Error('Usage: npx tsx scripts/draw-portrait.ts <file.jpg>')
  const painting = paintPortrait(frameOf(paintedWidth))
  const { width, height } = painting.frame
  await sharp(toBytes(painting), { raw: { width, height, channels: 3 } })
    .resize(portraitWidth)
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4', mozjpeg: true })
    .toFile(path)
}

await main()
