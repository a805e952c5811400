/**
 * The main job, as a newcomer would do it: starts a real server of its own (own data directory, free port), sends a photo
 * and a script through the REST API, follows the socket, and leaves an MP4 in which the photo speaks.
 *
 *   npm run demo                          the drawn portrait says the sample script
 *   npm run demo -- photo.jpg "Hello"     your photo, your words
 *   npm run demo -- --sandbox             three scenes with a simulated vendor: it succeeds, it fails, it refuses (--plain: films of a tone, quicker)
 *   options: --out file.mp4 --quality economy|standard|premium --aspect 1:1|9:16|16:9 --voice id --face n
 */
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { io } from 'socket.io-client'
import { playSandbox } from './demo-sandbox.ts'
import { download, json, root, startServer } from './demo-server.ts'
import { createProgressLine } from './progress-line.ts'

const sampleScript =
  'Hello! A minute ago I was only a picture. Now I can speak, blink and move a little, ' +
  'and nothing left this computer to make it happen. Give me your own photo and your own words, and I will say them for you.'

interface Envelope {
  readonly type: string
  readonly progress: number
  readonly step?: string
  readonly stage?: string
  readonly done?: number
  readonly total?: number
  readonly eta_seconds?: number | null
  readonly failure?: { message: string; hint?: string | null }
}

interface GenerationJson {
  readonly id: string
  readonly estimate: { video_seconds: number; processing_seconds: number }
  readonly adjusted: readonly { setting: string; why: string }[]
  readonly output?: { seconds: number; bytes: number; width: number; height: number; fps: number } | null
  readonly cost?: { amount: string; currency: string } | null
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    quality: { type: 'string' },
    aspect: { type: 'string' },
    voice: { type: 'string' },
    face: { type: 'string' },
    sandbox: { type: 'boolean', default: false },
    plain: { type: 'boolean', default: false },
  },
})

const [photo = join(root, 'assets/demo/portrait.jpg'), script = sampleScript] = positionals
const out = resolve(options.out ?? join('out', 'talking-photo.mp4'))

async function main(): Promise<void> {
  await mkdir(dirname(out), { recursive: true })
  const bytes = await readFile(photo).catch(() => {
    throw new Error(`There is no photo at ${photo}. Usage: npm run demo -- photo.jpg "What it should say"`)
  })
  const dataDir = await mkdtemp(join(tmpdir(), 'talking-photo-demo-'))
  const logFile = join(dirname(out), 'demo-server.log')
  console.log(`Photo   ${photo}\nScript  ${script.length > 100 ? `${script.slice(0, 97)}...` : script}`)
  const server = startServer(dataDir, logFile)
  try {
    const base = await server.listening
    console.log(`Server  ${base}  (its own, for this demo; log in ${logFile})`)
    const startedMs = Date.now()
    const accepted = await requestGeneration(base, bytes)
    const { video_seconds, processing_seconds } = accepted.estimate
    console.log(`Accepted ${accepted.id}: about ${video_seconds} s of speech, about ${processing_seconds} s of work`)
    for (const { setting, why } of accepted.adjusted) console.log(`  ${setting}: ${why}`)
    await follow(base, accepted.id)
    const finished = await json<GenerationJson>(await fetch(`${base}/api/v1/video/${accepted.id}`))
    await download(`${base}/api/v1/video/${accepted.id}/content`, out)
    report(finished, (Date.now() - startedMs) / 1000, (await stat(out)).size)
  } finally {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function requestGeneration(base: string, bytes: Buffer): Promise<GenerationJson> {
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(bytes)]), basename(photo))
  form.set('script', script)
  form.set('consent', 'true')
  if (options.quality) form.set('quality', options.quality)
  if (options.aspect) form.set('aspect_ratio', options.aspect)
  if (options.voice) form.set('voice', options.voice)
  if (options.face) form.set('face', options.face)
  return json<GenerationJson>(await fetch(`${base}/api/v1/video/generate`, { method: 'POST', body: form }))
}

/** Shows the log of the generation as it grows; resolves when it is completed. */
function follow(base: string, id: string): Promise<void> {
  const line = createProgressLine(process.stdout)
  const socket = io(base, { transports: ['websocket'] })
  return new Promise<void>((done, failed) => {
    let last = 0
    socket.on('connect', () => socket.emit('generation:watch', { id, after: last }))
    socket.on('connect_error', failed)
    socket.on('generation:event', (event: Envelope & { seq: number }) => {
      last = event.seq
      if (event.type === 'failed')
        failed(new Error([event.failure?.message, event.failure?.hint].filter(Boolean).join('\n')))
      if (event.type === 'cancelled') failed(new Error('The generation was cancelled.'))
      if (event.type === 'step') line.show(event.progress, event.step ?? '')
      if (event.type === 'progress') {
        const eta = event.eta_seconds == null ? '' : `  ${event.eta_seconds.toFixed(1)} s left`
        line.show(event.progress, `${event.step}: ${event.stage} ${event.done}/${event.total}${eta}`)
      }
      if (event.type === 'completed') {
        line.show(100, 'completed')
        done()
      }
    })
  }).finally(() => {
    line.end()
    socket.close()
  })
}

function report({ output, cost }: GenerationJson, seconds: number, bytes: number): void {
  console.log(`\nVideo   ${out}`)
  if (output)
    console.log(
      `        ${output.seconds.toFixed(1)} s, ${output.width}x${output.height} at ${output.fps} frames/s, ${(bytes / 1024).toFixed(0)} KB`,
    )
  console.log(`Took    ${seconds.toFixed(1)} s from upload to stored file`)
  console.log(`Cost    ${cost ? `${cost.amount} ${cost.currency}` : '0'}`)
}

const play = options.sandbox ? () => playSandbox(photo, options.plain) : main
play().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
})
