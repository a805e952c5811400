/**
 * Looks hard at a film that is only a part of what is made, as soon as it is ours: a clip that is silent or too short is known to
 * be so while its vendor can still be asked for it again, and nothing is built upon it.
 */
import { toFailure, VendorFailure } from '../errors.ts'
import { storedOutputs } from './ended-calls.ts'
import type { InspectVideo } from './ports.ts'
import type { OpenAttempt, StepParts } from './steps/step.ts'
import type { Call } from './work.ts'

/** A clip may be so much shorter or longer than it was asked for. */
const clipToleranceSeconds = 1

/** What is wrong with the call's film; null: nothing, or it is looked at later. */
export async function inspectPart(
  parts: Pick<StepParts, 'media' | 'inspectVideo'>,
  { model }: Pick<OpenAttempt, 'model'>,
  call: Call,
  askedSeconds: number | undefined,
  signal: AbortSignal,
): Promise<VendorFailure | null> {
  if (model.yields !== 'clips' && model.yields !== 'silent-video') return null
  const video = storedOutputs(call).find(({ role }) => role === 'video')
  if (!video) return null
  const facts = await inspectStored(parts, video.key, signal, 'foreign')
  if (facts instanceof VendorFailure) return facts
  if (facts.isBlack) return unusable('it is black')
  if (model.yields === 'silent-video') return null
  if (!facts.hasAudio || facts.isSilent) return unusable('nothing is heard in it')
  const isRight = askedSeconds === undefined || Math.abs(facts.seconds - askedSeconds) <= clipToleranceSeconds
  return isRight ? null : unusable(`it is ${facts.seconds.toFixed(1)} s long instead of ${askedSeconds} s`)
}

/** The facts, or that it cannot even be read. */
export async function inspectStored(
  { media, inspectVideo }: Pick<StepParts, 'media' | 'inspectVideo'>,
  key: string,
  signal: AbortSignal,
  from: 'foreign' | undefined,
): Promise<Awaited<ReturnType<InspectVideo>> | VendorFailure> {
  try {
    return await inspectVideo(await media.localPath(key), signal, from)
  } catch (error) {
    signal.throwIfAborted()
    const failure = toFailure(error)
    if (failure.reason !== 'output-unusable' && failure.reason !== 'inspection-too-slow') throw error
    return new VendorFailure('bad-output', { cause: failure.cause ?? failure })
  }
}

export function unusable(why: string): VendorFailure {
  return new VendorFailure('bad-output', { cause: new Error(why) })
}
