import type { EndedCall } from '../providers/provider.ts'
import type { Call } from './work.ts'

/** The calls of an attempt that are over, as its provider is told of them. */
export function endedCalls(calls: readonly Call[]): readonly EndedCall[] {
  return calls
    .filter(({ state }) => state === 'completed')
    .map(({ name }) => ({ name, state: 'completed', keeps: null }))
}
