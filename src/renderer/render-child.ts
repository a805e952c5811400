/**
 * Entry of the render process: takes one order by IPC, reports, and exits. It leads its own process group, so that whoever ordered
 * it can kill it together with its ffmpeg; when the orderer dies instead, the broken IPC channel makes it kill the group itself.
 */
import { createFfmpegEncoder } from './encode.ts'
import type { RenderProgress } from './ports.ts'
import { packFailure, type RenderNews, type RenderOrder } from './render-messages.ts'
import { speakRequestOf } from './speak-request.ts'
import { speakInWorker } from './speech/speak-in-worker.ts'

/** Built, it lies beside this file as .js; run from the sources, as .ts. */
const speechWorker = new URL(
  import.meta.url.endsWith('.ts') ? './speech/speech-worker.ts' : './speech/speech-worker.js',
  import.meta.url,
)

function report(news: RenderNews, then?: () => void): void {
  if (process.connected) process.send?.(news, undefined, undefined, () => then?.())
  else then?.()
}

function killGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    process.exit(1)
  }
}

async function carryOut({ job, modelDir, ffmpegPath }: RenderOrder): Promise<void> {
  const onProgress = (progress: RenderProgress): void => report({ kind: 'progress', progress })
  try {
    // Speech takes longest, so its thread starts before this one loads the rest.
    const request = speakRequestOf(job, (done, total) => onProgress({ stage: 'speech', done, total }))
    const spoken = speakInWorker(request, speechWorker)
    // Met when the render asks for it; until then a failure must not count as unhandled.
    spoken.catch(() => {})
    const { renderTalkingPhoto } = await import('./render.ts')
    const result = await renderTalkingPhoto(job, {
      speak: async () => {
        const { track, lipTrack } = await spoken
        return { track, lips: lipTrack }
      },
      // The networks cost 0.3 s and 80 MB: only for a job that comes without the face's mesh.
      openFaceFinder: async () => (await import('./face/face-finder.ts')).createFaceFinder({ modelDir }),
      encoder: createFfmpegEncoder(ffmpegPath),
      onProgress,
    })
    report({ kind: 'result', result }, () => process.exit(0))
  } catch (error) {
    report({ kind: 'failure', failure: packFailure(error) }, () => process.exit(0))
  }
}

process.once('disconnect', killGroup)
process.once('message', (order: RenderOrder) => void carryOut(order))
