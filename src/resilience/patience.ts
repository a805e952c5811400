/**
 * Bounds how long answers are waited for, all by one timer: a timer for each would cost a tenth of what Redis takes to answer.
 * When the oldest has waited too long all are given up, because they wait for the same one.
 */

export interface Patience {
  /** The answer; or `tooLate` when none of them came in time. */
  within<T>(answer: Promise<T>): Promise<T>
}

/** @param giveUp is told before those who wait. @param tooLate makes what they are thrown */
export function createPatience(ms: number, giveUp: () => void, tooLate: () => Error): Patience {
  interface Waiting {
    readonly sinceMs: number
    readonly reject: (error: Error) => void
  }
  /** Oldest first. */
  const all = new Set<Waiting>()
  let isWatched = false
  const leftMs = () => {
    const [oldest] = all
    return oldest === undefined ? null : oldest.sinceMs + ms - performance.now()
  }
  const watch = () => {
    const left = leftMs()
    isWatched = left !== null
    if (left !== null) setTimeout(look, Math.max(1, left)).unref()
  }
  const look = () => {
    if ((leftMs() ?? ms) > 0) return watch()
    // What arrived while this process was busy is not late: the sockets are read once before giving up.
    setImmediate(() => {
      if ((leftMs() ?? ms) > 0) return watch()
      giveUp()
      for (const { reject } of all) reject(tooLate())
      all.clear()
      isWatched = false
    })
  }
  return {
    within: (answer) =>
      new Promise((resolve, reject) => {
        const waiting = { sinceMs: performance.now(), reject }
        all.add(waiting)
        if (!isWatched) watch()
        answer.then(
          (value) => {
            all.delete(waiting)
            resolve(value)
          },
          (error) => {
            all.delete(waiting)
            reject(error)
          },
        )
      }),
  }
}
