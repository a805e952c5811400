/**
 * Entry of the render process: takes one order by IPC, reports, and exits. It leads its own process group, so that whoever ordered
 * it can kill it together with its ffmpeg; when the orderer dies instead, the broken IPC channel makes it kill the group itself.
 */
import { createFfmpegEncoder } from './encode.ts'
import { createFaceFinder } from './face/face-finder.ts'
import { renderTalkingPhoto } from './render.ts'
import { packFailure, type RenderNews, type RenderOrder } from './render-messages.ts'
import { createFliteSpeaker } from './speech/flite-speaker.ts'
import { planLips } from './speech/lip-timing.ts'

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
  try {
    const result = await renderTalkingPhoto(job, {
      speak: async (request) => {
        const track = await createFliteSpeaker().speak(request)
        return { track, lips: planLips(track) }
      },
      enhance: (samples) => samples,
      openFaceFinder: () => createFaceFinder({ modelDir }),
      encoder: createFfmpegEncoder(ffmpegPath),
      onProgress: (progress) => report({ kind: 'progress', progress }),
    })
    report({ kind: 'result', result }, () => process.exit(0))
  } catch (error) {
    report({ kind: 'failure', failure: packFailure(error) }, () => process.exit(0))
  }
}

process.once('disconnect', killGroup)
process.once('message', (order: RenderOrder) => void carryOut(order))
