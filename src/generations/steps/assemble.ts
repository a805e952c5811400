/** Finishes what the route's model leaves: key frames are animated, clips joined, a silent film gets its speech back. */
import { newestOutput, storedOutputs } from '../ended-calls.ts'
import type { KeyFrame } from '../finisher.ts'
import { type MadeHere, makeHere } from '../make-here.ts'
import { spokenBy } from '../material.ts'
import type { MediaStore } from '../ports.ts'
import type { Call } from '../work.ts'
import { openAttempt, type RunStep } from './step.ts'

export const assemble: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { finisher, media } = parts
  const { calls } = open.attempt
  const { yields } = open.model
  await makeHere(
    parts,
    work,
    open,
    {
      name: 'assemble',
      phase: 'assemble',
      next: { step: 'store' },
      async make(request, context): Promise<MadeHere> {
        switch (yields) {
          case 'key-frames': {
            const spoken = await spokenBy(media, calls)
            const { dropped, ...files } = await finisher.animate(request, await framesOf(media, calls), spoken, context)
            return { files, keeps: { dropped } }
          }
          case 'clips': {
            const { video } = await finisher.join(await clipsOf(media, calls), context)
            return { files: { video }, foreign: true }
          }
          case 'silent-video': {
            const film = newestOutput(calls, 'video')
            const speech = newestOutput(calls, 'speech')
            if (!film || !speech) throw new Error(`attempt ${open.attempt.id} lacks the film or its speech`)
            const paths = [await media.localPath(film.key), await media.localPath(speech.key)] as const
            const { video } = await finisher.dub(...paths, context)
            return { files: { video }, foreign: true }
          }
          default:
            throw new Error(`nothing is left to do for '${yields}'`)
        }
      },
    },
    signal,
  )
}

const completed = (calls: readonly Call[]) =>
  calls.filter(({ maker, state }) => maker === 'route' && state === 'completed')

async function framesOf(media: MediaStore, calls: readonly Call[]): Promise<readonly KeyFrame[]> {
  const frames: KeyFrame[] = []
  for (const call of completed(calls)) {
    const image = storedOutputs(call).find(({ role }) => role === 'image')
    if (image) frames.push({ name: call.name, path: await media.localPath(image.key) })
  }
  return frames
}

async function clipsOf(media: MediaStore, calls: readonly Call[]): Promise<readonly string[]> {
  const clips = completed(calls)
    .flatMap(storedOutputs)
    .filter(({ role }) => role === 'video')
  return Promise.all(clips.map(({ key }) => media.localPath(key)))
}
