/** Looks hard at the bytes that are now ours: nothing counts as done, or is ever charged, before this. */
import { Failure } from '../../errors.ts'
import { commitStep } from '../commit-step.ts'
import type { Output } from '../generation.ts'
import type { StoredOutput } from './start.ts'
import { openAttempt, type RunStep } from './step.ts'

/** The clip may exceed the speech bound by its lead-in and tail. */
const slackSeconds = 2

export const store: RunStep = async (parts, work, signal) => {
  const { attempt, provider } = await openAttempt(parts, work)
  const outputs = (attempt.calls.at(-1)?.outputs ?? []) as readonly StoredOutput[]
  const video = outputs.find(({ role }) => role === 'video')
  const thumbnail = outputs.find(({ role }) => role === 'thumbnail')
  if (!video || !thumbnail) throw unusable('the provider finished without a video')

  const facts = await parts.inspectVideo(await parts.media.localPath(video.key), signal)
  if (!facts.hasAudio) throw unusable('it has no sound')
  if (facts.seconds < 0.3 || facts.seconds > work.settings.maxSeconds + slackSeconds) {
    throw unusable(`it is ${facts.seconds.toFixed(1)} s long`)
  }
  const { bytes, sha256 } = await parts.media.describe(video.key)
  const output: Output = {
    videoKey: video.key,
    thumbnailKey: thumbnail.key,
    wordsKey: outputs.find(({ role }) => role === 'words')?.key ?? null,
    bytes,
    sha256,
    seconds: facts.seconds,
    width: facts.width,
    height: facts.height,
    fps: facts.fps,
  }
  await commitStep(parts, work, {
    changes: { output, progress: 99 },
    events: [{ type: 'step', step: 'finish', attempt: attempt.ordinal, provider: provider.id }],
    next: { step: 'finish' },
  })
  parts.at('stored')
}

function unusable(why: string): Failure {
  return new Failure('PROVIDER_ERROR', {
    reason: 'output-unusable',
    message: `The finished file cannot be used: ${why}.`,
  })
}
