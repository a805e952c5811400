/** A gate lets so many tasks in at once; the others wait in order. It bounds the memory that decoded photos take. */
export type Gate = <T>(task: () => Promise<T>, signal?: AbortSignal) => Promise<T>

/** @param places how many tasks may run at the same time */
export function createGate(places: number): Gate {
  let free = places
  const waiting: (() => void)[] = []

  const enter = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      if (free > 0) {
        free -= 1
        return resolve()
      }
      const admit = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        waiting.splice(waiting.indexOf(admit), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      waiting.push(admit)
    })

  const leave = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }

  return async (task, signal) => {
    await enter(signal)
    try {
      return await task()
    } finally {
      leave()
    }
  }
}
