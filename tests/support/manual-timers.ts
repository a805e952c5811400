/** Timers that run when the test says so, everything else as it is: an event decides that a time is over, not the machine's load. */
import { jest } from '@jest/globals'

/** Until `jest.useRealTimers()`. Answers what moves time on. */
export function useManualTimers(): (ms: number) => void {
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'queueMicrotask',
      'Date',
      'hrtime',
    ],
  })
  return (ms) => jest.advanceTimersByTime(ms)
}
