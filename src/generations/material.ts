/** What the core made for a call of a route, from the calls before it, as readable local files. */
import { join } from 'node:path'
import type { Model } from '../providers/model.ts'
import type { Material } from '../providers/provider.ts'
import { newestOutput } from './ended-calls.ts'
import type { Finisher, SpokenFiles } from './finisher.ts'
import type { MediaStore } from './ports.ts'
import type { Call } from './work.ts'

interface MaterialParts {
  readonly media: Pick<MediaStore, 'localPath'>
  readonly finisher: Pick<Finisher, 'lastFrame'>
}

/** @param scratch where a picture may be put */
export async function materialFor(
  { media, finisher }: MaterialParts,
  { drive, yields }: Pick<Model, 'drive' | 'yields'>,
  calls: readonly Call[],
  scratch: string,
  signal: AbortSignal,
): Promise<Material> {
  const made = calls.filter(({ maker }) => maker !== 'route')
  const needsVoice = drive === 'audio' || drive === 'performance'
  const speech = needsVoice ? newestOutput(made, 'speech') : null
  const driving = drive === 'performance' ? newestOutput(made, 'video') : null
  const seconds = secondsOf(made)
  const clip = yields === 'clips' ? newestOutput(calls, 'video') : null
  const lastFrame = join(scratch, 'last-frame.jpg')
  if (clip) await finisher.lastFrame(await media.localPath(clip.key), lastFrame, signal)
  return {
    ...(speech && { voiceTrack: { path: await media.localPath(speech.key), seconds } }),
    ...(driving && { drivingVideo: { path: await media.localPath(driving.key), seconds } }),
    ...(clip && { lastFrame }),
  }
}

/** The speech that is to be heard, where somebody else spoke it. */
export async function spokenBy(
  media: Pick<MediaStore, 'localPath'>,
  calls: readonly Call[],
): Promise<SpokenFiles | null> {
  const voice = calls.filter(({ maker }) => maker === 'voice')
  const speech = newestOutput(voice, 'speech')
  if (!speech) return null
  const characters = newestOutput(voice, 'characters')
  return {
    speech: await media.localPath(speech.key),
    ...(characters && { characters: await media.localPath(characters.key) }),
  }
}

/** What house calls keep of what they made. */
export interface HouseKeeps {
  readonly seconds?: number
  readonly dropped?: readonly { readonly name: string; readonly why: string }[]
}

function secondsOf(calls: readonly Call[]): number {
  return calls.reduce((seconds, { keeps }) => (keeps as HouseKeeps | null)?.seconds ?? seconds, 0)
}
