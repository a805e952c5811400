/** Looks hard at the bytes that are now ours: nothing counts as done, or is ever charged, before this. */
import { join } from 'node:path'
import { VendorFailure } from '../../errors.ts'
import { afterVendorFailure } from '../after-vendor-failure.ts'
import { outputKey, type StoredOutput } from '../bring-files.ts'
import { commitStep } from '../commit-step.ts'
import { newestOutput, storedOutputs } from '../ended-calls.ts'
import type { Output } from '../generation.ts'
import { inspectStored, unusable } from '../inspect-part.ts'
import type { InspectVideo } from '../ports.ts'
import type { Work } from '../work.ts'
import { type OpenAttempt, openAttempt, type RunStep, type StepParts } from './step.ts'

/** The clip may exceed the speech bound by its lead-in and tail. */
const slackSeconds = 2

type Facts = Awaited<ReturnType<InspectVideo>>

export const store: RunStep = async (parts, work, signal) => {
  const open = await openAttempt(parts, work)
  const { attempt, provider, model } = open
  const call = attempt.calls.findLast((each) => storedOutputs(each).some(({ role }) => role === 'video'))
  const video = newestOutput(attempt.calls, 'video')
  const facts = video
    ? await inspectStored(parts, video.key, signal, video.foreign && 'foreign')
    : unusable('there is no video')
  const wrong = facts instanceof VendorFailure ? facts : whatIsWrong(facts, work, open)
  if (wrong) {
    if (!call) throw wrong
    return afterVendorFailure(parts, work, open, call, wrong, 'after')
  }
  if (!call || !video || facts instanceof VendorFailure) throw new Error('a video without faults has facts')

  const thumbnailKey =
    newestOutput(attempt.calls, 'thumbnail')?.key ?? (await takeThumbnail(parts, work, call.id, video, signal))
  const { bytes, sha256 } = await parts.media.describe(video.key)
  const output: Output = {
    videoKey: video.key,
    thumbnailKey,
    wordsKey: newestOutput(attempt.calls, 'words')?.key ?? null,
    bytes,
    sha256,
    seconds: facts.seconds,
    width: facts.width,
    height: facts.height,
    fps: facts.fps,
  }
  parts.guard.completed(model)
  await commitStep(parts, work, {
    changes: { output, progress: 99 },
    events: [{ type: 'step', step: 'finish', attempt: attempt.ordinal, provider: provider.id }],
    next: { step: 'finish' },
  })
  parts.at('stored')
}

function whatIsWrong(facts: Facts, work: Work, { attempt, model }: OpenAttempt): VendorFailure | null {
  if (!facts.hasAudio) return unusable('it has no sound')
  if (facts.isSilent) return unusable('it is silent')
  if (facts.isBlack) return unusable('it is black')
  const { lengthToleranceSeconds } = model
  const seconds = `it is ${facts.seconds.toFixed(1)} s long`
  // The pauses at the ends of clips are cut: of their sum only the bounds are known.
  if (model.yields === 'clips') {
    const isRight =
      facts.seconds >= work.estimate.videoSeconds / 2 && facts.seconds <= attempt.sentSeconds + slackSeconds
    return isRight ? null : unusable(seconds)
  }
  if (lengthToleranceSeconds !== undefined) {
    const isRight = Math.abs(facts.seconds - attempt.sentSeconds) <= lengthToleranceSeconds
    return isRight ? null : unusable(`${seconds} instead of ${attempt.sentSeconds} s`)
  }
  if (facts.seconds < 0.3 || facts.seconds > work.settings.maxSeconds + slackSeconds) return unusable(seconds)
  return null
}

async function takeThumbnail(
  { media, takeFrame }: StepParts,
  work: Work,
  callId: string,
  video: StoredOutput,
  signal: AbortSignal,
): Promise<string> {
  const scratch = await media.scratch(work.id)
  try {
    const file = join(scratch.path, 'thumbnail.jpg')
    await takeFrame(await media.localPath(video.key), file, signal)
    const key = outputKey(work, { id: callId }, 'thumbnail')
    await media.put(key, file)
    return key
  } finally {
    await scratch.dispose()
  }
}
