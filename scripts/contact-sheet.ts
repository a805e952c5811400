/**
 * Draws what an engineer must look at before believing the renderer: one photo's mouth in every shape, and moments of a spoken clip.
 *   npx tsx scripts/contact-sheet.ts photo.jpg [--face 0] [--text 'Words to speak.'] [--short 720] [--mouth | --eyes] [--out sheet.png]
 * Without --text the sheet shows the mouth shapes (rest, then one per sound) and a blink; with it, every nth frame of the clip.
 * --mouth and --eyes cut close-ups instead of the whole moving part.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { createFaceFinder } from '../src/renderer/face/face-finder.ts'
import { faceOval } from '../src/renderer/face/landmarks.ts'
import { readPhoto } from '../src/renderer/face/read-photo.ts'
import { drawBasePicture, measurePhoto } from '../src/renderer/picture/base-picture.ts'
import { lidsAt, planBlinks } from '../src/renderer/picture/blink.ts'
import { createCompositor } from '../src/renderer/picture/compositor.ts'
import { framePhoto, headBox, placeFace } from '../src/renderer/picture/framing.ts'
import { createHeadMotion, stillHead } from '../src/renderer/picture/head-motion.ts'
import { fromMouth } from '../src/renderer/picture/mouth-frame.ts'
import { mouthAt, restAt, restingMouth } from '../src/renderer/picture/mouth-pose.ts'
import { frameToRgb } from '../src/renderer/picture/picture-memory.ts'
import { createFliteSpeaker } from '../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../src/renderer/speech/lip-timing.ts'
import { holdSound } from './hold-sound.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    face: { type: 'string', default: '0' },
    text: { type: 'string' },
    short: { type: 'string', default: '720' },
    mouth: { type: 'boolean', default: false },
    eyes: { type: 'boolean', default: false },
    from: { type: 'string', default: '0' },
    every: { type: 'string', default: '6' },
    out: { type: 'string', default: 'out/contact-sheet.png' },
  },
})
const photoPath = positionals[0]
if (photoPath === undefined) throw new Error('which photo?')

const sounds = ['aa', 'iy', 'uw', 'ow', 'eh', 'm', 'f', 'th', 'l', 's', 'pau']
const cell = values.mouth || values.eyes ? 300 : 400
const columns = 4

const finder = await createFaceFinder({ modelDir: new URL('../assets/face', import.meta.url).pathname })
const image = await readPhoto(photoPath, { maxSide: 1600 })
const photo = await measurePhoto(photoPath)
const found = (await finder.find(image))[Number(values.face)]
if (found === undefined) throw new Error('no such face')
const scale = photo.width / image.width
const face = { ...found, points: found.points.map((p) => p * scale), mouthWidth: found.mouthWidth * scale }
const framing = framePhoto(photo, headBox(face, faceOval), null, Number(values.short))
const compositor = createCompositor(await drawBasePicture(photoPath, photo, framing), placeFace(face, framing), {
  headMoves: true,
})
const { frame } = compositor.shape
console.log(
  `mouth unit ${frame.unit.toFixed(0)} px, mouth ${compositor.shape.seam.closed ? 'closed' : `open ${compositor.shape.seam.gap.toFixed(2)} S`}, ${compositor.eyes.length} eyes blink`,
)

const { moving } = compositor
const eyeLine = -1.25 * frame.unit
const centre = values.mouth
  ? fromMouth(frame, 0, 0.1 * frame.unit)
  : values.eyes
    ? fromMouth(frame, 0, eyeLine)
    : { x: (moving.left + moving.right) / 2, y: (moving.top + moving.bottom) / 2 }
const side =
  values.mouth || values.eyes ? 2.3 * frame.unit : Math.max(moving.right - moving.left, moving.bottom - moving.top)
const box = {
  left: Math.round(Math.max(0, centre.x - side / 2)),
  top: Math.round(Math.max(0, centre.y - side / 2)),
  width: 0,
  height: 0,
}
box.width = Math.round(Math.min(side, framing.width - box.left))
box.height = Math.round(Math.min(side, framing.height - box.top))

const pictures: { input: Buffer; label: string }[] = []
async function keep(yuv: Uint8Array, label: string): Promise<void> {
  const rgb = frameToRgb(yuv, framing.width, framing.height)
  const input = await sharp(rgb.data, { raw: { width: rgb.width, height: rgb.height, channels: 3 } })
    .extract(box)
    .resize(cell, cell, { fit: 'contain', kernel: 'lanczos3' })
    .png()
    .toBuffer()
  pictures.push({ input, label })
}

if (values.text === undefined) {
  await keep(compositor.draw(stillHead, restingMouth(compositor.shape), 0), 'photo')
  for (const sound of values.eyes ? [] : sounds)
    await keep(compositor.draw(stillHead, mouthAt(compositor.shape, holdSound(sound), 0.5, 1 / 30, 1, 0), 0), sound)
  for (const lids of values.mouth ? [] : [0.33, 0.66, 1])
    await keep(compositor.draw(stillHead, restingMouth(compositor.shape), lids), `lids ${lids}`)
} else {
  const track = await createFliteSpeaker().speak({ text: values.text, voice: 'en-us-slt', speed: 1, pitchSemitones: 0 })
  const lips = planLips(track)
  const seconds = track.samples.length / track.sampleRate
  const blinks = planBlinks(1, seconds)
  const head = createHeadMotion(1, lips.stressesMs, 1)
  for (let i = Number(values.from), n = 0; i < seconds * 30 && n < 20; i++) {
    const at = i / 30
    const yuv = compositor.draw(
      head(at),
      mouthAt(compositor.shape, lips, at, 1 / 30, 1, restAt(track.phones, at)),
      lidsAt(blinks, at),
    )
    if (i % Number(values.every) !== 0) continue
    n++
    await keep(yuv, `${i} ${track.phones.find((p) => p.endMs > at * 1000)?.phone ?? ''}`)
  }
}

await mkdir(dirname(values.out), { recursive: true })
const rows = Math.ceil(pictures.length / columns)
const layers = pictures.flatMap(({ input, label }, i) => {
  const left = (i % columns) * cell
  const top = Math.floor(i / columns) * cell
  const text = `<svg width="${cell}" height="24"><text x="6" y="18" font-size="18" font-family="sans-serif" fill="#fff" stroke="#000" stroke-width="3" paint-order="stroke">${label}</text></svg>`
  return [
    { input, left, top },
    { input: Buffer.from(text), left, top },
  ]
})
await sharp({ create: { width: columns * cell, height: rows * cell, channels: 3, background: '#000' } })
  .composite(layers)
  .png()
  .toFile(values.out)
console.log(values.out)
process.exit(0)
