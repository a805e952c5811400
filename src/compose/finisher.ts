/** What we make ourselves for vendors' models: our renderer and ffmpeg behind the heart's port. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FinishContext, Finisher, SpokenFiles } from '../generations/finisher.ts'
import { createLastFrame } from '../media/clip-end.ts'
import { createDubVideo } from '../media/dub-video.ts'
import type { Gate } from '../media/gate.ts'
import { createJoinClips } from '../media/join-clips.ts'
import { renderFraction, toRenderJob } from '../providers/local.ts'
import type { SpeakingRequest } from '../providers/provider.ts'
import type { QualityProfiles } from '../providers/quality-profile.ts'
import type { RenderJob, RenderResult } from '../renderer/ports.ts'
import type { RenderProcess } from '../renderer/render-process.ts'

export interface FinisherParts {
  readonly renderer: Pick<RenderProcess, 'render' | 'speak'>
  /** A current one: it decodes what vendors sent. */
  readonly ffmpegPath: string
  readonly profiles: () => QualityProfiles
  /** As many at a time as this machine bears. */
  readonly gate: Gate
}

export function createFinisher({ renderer, ffmpegPath, profiles, gate }: FinisherParts): Finisher {
  const [joinClips, dubVideo, lastFrame] = [
    createJoinClips(ffmpegPath),
    createDubVideo(ffmpegPath),
    createLastFrame(ffmpegPath),
  ]

  const speak = async (request: SpeakingRequest, spoken: SpokenFiles | null, context: FinishContext) => {
    const { scratch } = context
    const job = { ...jobFor(request, spoken, scratch), speechPath: join(scratch, 'spoken.wav') }
    const { seconds } = await renderer.speak(job, renderOptions(context))
    return { speech: job.speechPath, words: job.wordsPath, seconds }
  }
  const render = async (
    request: SpeakingRequest,
    spoken: SpokenFiles | null,
    context: FinishContext,
    more: Pick<RenderJob, 'keyFrames'> = {},
  ): Promise<{ readonly job: RenderJob; readonly result: RenderResult }> => {
    const job = { ...jobFor(request, spoken, context.scratch), ...more }
    await mkdir(job.tempDir, { recursive: true })
    return { job, result: await renderer.render(job, renderOptions(context)) }
  }
  const jobFor = (request: SpeakingRequest, spoken: SpokenFiles | null, scratch: string): RenderJob => ({
    ...toRenderJob(request, scratch, profiles()[request.quality]),
    ...(spoken && { recordingPath: spoken.speech }),
    ...(spoken?.characters !== undefined && { charactersPath: spoken.characters }),
  })

  return {
    speak: (request, context) => speak(request, null, context),
    async timeWords(request, spoken, context) {
      const { words, seconds } = await speak(request, spoken, context)
      return { words, seconds }
    },
    async perform(request, spoken, context) {
      const { job, result } = await render({ ...request, burnSubtitles: false }, spoken, context)
      const speech = join(job.tempDir, 'speech.wav')
      return { video: job.outputPath, speech, words: job.wordsPath, seconds: result.seconds }
    },
    async animate(request, keyFrames, spoken, context) {
      const frames = keyFrames.map(({ name, path }) => ({ shape: name, path }))
      const { job, result } = await render(request, spoken, context, { keyFrames: frames })
      const dropped = (result.keyFrames?.dropped ?? []).map(({ shape, why }) => ({ name: shape, why }))
      return { video: job.outputPath, thumbnail: job.thumbnailPath, words: job.wordsPath, dropped }
    },
    join: (clips, context) => gate(() => joinClips(clips, context), context.signal),
    dub: (film, speech, context) => gate(() => dubVideo(film, speech, context), context.signal),
    lastFrame: (clip, to, signal) => gate(() => lastFrame(clip, to, signal), signal),
  }
}

function renderOptions({ signal, onProgress }: FinishContext): NonNullable<Parameters<RenderProcess['render']>[1]> {
  return { signal, onProgress: (progress) => onProgress({ ...progress, fraction: renderFraction(progress) }) }
}
