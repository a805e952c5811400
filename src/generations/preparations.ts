/** What has to be made before a route's model can be asked, in order. */
import type { Model } from '../providers/model.ts'
import { isOver } from './ended-calls.ts'
import type { OpenAttempt } from './steps/step.ts'
import type { VendorParts } from './vendor-parts.ts'
import type { Call, Work } from './work.ts'

/** Parts of the material: 'voice' is a vendor's, the others are made here. */
export type Preparation = 'voice' | 'words' | 'speech' | 'performance'

/** Null: everything is there. */
export function nextPreparation(
  { voiceFor }: Pick<VendorParts, 'voiceFor'>,
  { settings }: Work,
  { drive }: Pick<Model, 'drive'>,
  calls: readonly Call[],
): Preparation | null {
  if (drive === 'script') return null
  const tried = new Set(calls.filter((call) => call.maker !== 'route' && isOver(call)).map(({ name }) => name))
  const isRecorded = settings.recordingSha256 !== undefined
  if (!isRecorded && !tried.has('voice')) {
    const isUnderWay = calls.some(({ maker }) => maker === 'voice')
    if (isUnderWay || voiceFor(settings.language ?? 'en')) return 'voice'
  }
  const hasVoice = calls.some(({ maker, state }) => maker === 'voice' && state === 'completed')
  const house = drive === 'performance' ? 'performance' : drive === 'audio' ? (hasVoice ? 'words' : 'speech') : null
  return house !== null && !tried.has(house) ? house : null
}

/** Where the work goes on once that part is made. */
export function afterPreparation(
  parts: Pick<VendorParts, 'voiceFor'>,
  work: Work,
  { attempt, model }: Pick<OpenAttempt, 'attempt' | 'model'>,
  made: Preparation,
  state: Call['state'] = 'completed',
): { readonly step: 'prepare' | 'start'; readonly runsHere: boolean } {
  const maker = made === 'voice' ? ('voice' as const) : ('house' as const)
  const end = { name: made, maker, state, finishedAt: new Date(0) } as Call
  const others = attempt.calls.filter(({ name, maker }) => maker === 'route' || name !== made)
  const next = nextPreparation(parts, work, model, [...others, end])
  return next === null ? { step: 'start', runsHere: model.runsHere } : { step: 'prepare', runsHere: next !== 'voice' }
}
