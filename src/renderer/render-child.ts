/**
 * Entry of a render process: takes orders by IPC, one at a time, and stays for the next. It leads its own process group, so that
 * whoever orders can kill it together with its ffmpeg; when the orderer dies instead, the broken IPC channel makes it kill the group itself.
 */
import { createFfmpegEncoder } from './encode.ts'
import type { FaceFinder, RenderProgress, SpeakJob } from './ports.ts'
import { packFailure, type RenderNews, type RenderOrder } from './render-messages.ts'
import { speakRequestOf } from './speak-request.ts'
import { speakAlone } from './speak-script.ts'
import { openSpeechThread } from './speech/speech-thread.ts'

/** Built, it lies beside this file as .js; run from the sources, as .ts. */
const speechWorker = new URL(
  import.meta.url.endsWith('.ts') ? './speech/speech-worker.ts' : './speech/speech-worker.js',
  import.meta.url,
)
const speech = openSpeechThread(speechWorker)

function report(news: RenderNews): void {
  // Nobody left to hear it is not an error here: the disconnect ends this process.
  if (process.connected) process.send?.(news, undefined, undefined, () => {})
}

function killGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}

async function loadRenderer(): Promise<typeof import('./render.ts')> {
  const [{ default: sharp }, renderer] = await Promise.all([import('sharp'), import('./render.ts')])
  // A photo comes once: kept tiles would only make this process grow from job to job.
  sharp.cache(false)
  return renderer
}

/** The networks cost 0.3 s and 80 MB: only for jobs that come without the face's mesh, and once. */
async function openFaceFinder(modelDir: string): Promise<FaceFinder> {
  return (await import('./face/face-finder.ts')).createFaceFinder({ modelDir })
}
let finder: Promise<FaceFinder> | undefined

async function render({ job, modelDir, fontDir, ffmpegPath }: Extract<RenderOrder, { kind: 'render' }>): Promise<void> {
  const onProgress = (progress: RenderProgress): void => report({ kind: 'progress', progress })
  try {
    // Speech takes longest, so its thread starts before this one loads the rest.
    const request = speakRequestOf(job, (done, total) => onProgress({ stage: 'speech', done, total }))
    const spoken = speech.speak(request)
    // Met when the render asks for it; until then a failure must not count as unhandled.
    spoken.catch(() => {})
    const { renderTalkingPhoto } = await loadRenderer()
    const result = await renderTalkingPhoto(job, {
      speak: async () => {
        const { track, lipTrack } = await spoken
        return { track, lips: lipTrack }
      },
      openFaceFinder: () => {
        finder ??= openFaceFinder(modelDir)
        return finder
      },
      openCaptions: async (request) =>
        (await import('./burn-in/burn-captions.ts')).createCaptionBurner(request, fontDir),
      encoder: createFfmpegEncoder(ffmpegPath),
      onProgress,
    })
    report({ kind: 'result', result, residentBytes: process.memoryUsage.rss() })
    // The planes of this film would otherwise lie there until the next one is half done.
    setImmediate(() => globalThis.gc?.())
  } catch (error) {
    report({ kind: 'failure', failure: packFailure(error) })
  }
}

async function speak(job: SpeakJob): Promise<void> {
  try {
    const result = await speakAlone(job, {
      speak: async (request) => {
        const { track, lipTrack } = await speech.speak(request)
        return { track, lips: lipTrack }
      },
      onProgress: (progress) => report({ kind: 'progress', progress }),
    })
    report({ kind: 'spoken', result, residentBytes: process.memoryUsage.rss() })
  } catch (error) {
    report({ kind: 'failure', failure: packFailure(error) })
  }
}

async function warm(): Promise<void> {
  const request = { text: 'Ready.', voice: 'en-us-slt', speed: 1, pitchSemitones: 0 }
  // What goes wrong here goes wrong in the render too, and is told there.
  await Promise.allSettled([speech.speak(request), loadRenderer()])
  report({ kind: 'warm' })
}

let last: Promise<void> = Promise.resolve()
process.once('disconnect', killGroup)
process.on('message', (order: RenderOrder) => {
  last = last.then(() => {
    switch (order.kind) {
      case 'warm':
        return warm()
      case 'speak':
        return speak(order.job)
      case 'render':
        return render(order)
    }
  })
})
