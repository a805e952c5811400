import type { Polling } from '../providers/provider.ts'
import type { Call } from './work.ts'

/** Where a provider says nothing of it. */
const usual: Polling = { firstSeconds: 5, everySeconds: 5, growth: 1, slowestSeconds: 5 }

/** Seconds to the next look at a call, slower and slower the longer it takes, and never past its deadline. */
export function pollDelaySeconds(
  polling: Polling = usual,
  { startedAt, deadlineAt }: Pick<Call, 'startedAt' | 'deadlineAt'>,
  now: Date,
): number {
  const elapsed = (now.getTime() - startedAt.getTime()) / 1000
  let [looked, every] = [polling.firstSeconds, polling.everySeconds]
  while (looked < elapsed && every < polling.slowestSeconds) {
    looked += every
    every = Math.min(polling.slowestSeconds, every * polling.growth)
    if (polling.growth <= 1) break
  }
  const left = (deadlineAt.getTime() - now.getTime()) / 1000
  return Math.max(0, Math.min(every, left))
}
