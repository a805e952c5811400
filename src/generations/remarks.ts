/** What a finished work has to say of the parts that it was made of. */
import type { Remark } from './generation.ts'
import type { HouseKeeps } from './material.ts'
import type { Call } from './work.ts'

export function remarksOn(calls: readonly Call[]): readonly Remark[] {
  return calls.flatMap((call) => {
    if (call.failure !== null) return lost(call)
    const { dropped = [] } = (call.keeps ?? {}) as HouseKeeps
    return call.maker !== 'house'
      ? []
      : dropped.map(({ name, why }) => ({
          code: 'key-frame-dropped',
          message: `The picture of the mouth shape '${name}' was not used: ${why}.`,
        }))
  })
}

function lost({ maker, name, estimate, failure }: Call): readonly Remark[] {
  const why = failure!.message
  if (maker === 'voice') {
    return [{ code: 'voice-lost', message: `The voice vendor failed, so the local voice speaks. ${why}` }]
  }
  // What costs nothing adds nothing to the picture: an upload, a tidying up.
  const isPart = estimate === null || estimate.micros > 0
  return isPart
    ? [{ code: 'key-frame-lost', message: `The picture of the mouth shape '${name}' was not made. ${why}` }]
    : []
}
