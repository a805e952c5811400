/** What a finished work has to say of the parts that it was made of. */
import { storedOutputs } from './ended-calls.ts'
import type { Remark } from './generation.ts'
import type { HouseKeeps } from './material.ts'
import type { Call } from './work.ts'

export function remarksOn(calls: readonly Call[]): readonly Remark[] {
  return [...ofClips(calls), ...calls.flatMap(ofCall)]
}

/** Each clip is spoken anew. */
function ofClips(calls: readonly Call[]): readonly Remark[] {
  const clips = calls.filter(
    (call) => call.maker === 'route' && storedOutputs(call).some(({ role }) => role === 'video'),
  )
  if (clips.length < 2) return []
  const message = `It is joined of ${clips.length} clips, and the voice may vary between them.`
  return [{ code: 'voice-may-vary', message }]
}

function ofCall(call: Call): readonly Remark[] {
  if (call.failure !== null) return lost(call)
  const { dropped = [] } = (call.maker === 'house' ? (call.keeps ?? {}) : {}) as HouseKeeps
  return dropped.map(({ name, why }) => ({
    code: 'key-frame-dropped',
    message: `The picture of the mouth shape '${name}' was not used: ${why}.`,
  }))
}

function lost({ maker, name, estimate, failure }: Call): readonly Remark[] {
  const why = failure!.message
  if (maker === 'voice') {
    return [{ code: 'voice-lost', message: `The voice vendor failed, so the local voice speaks. ${why}` }]
  }
  // What costs nothing adds nothing to the picture: a tidying up.
  const isPart = estimate?.micros !== 0
  return isPart
    ? [{ code: 'key-frame-lost', message: `The picture of the mouth shape '${name}' was not made. ${why}` }]
    : []
}
