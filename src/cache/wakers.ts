/** Those who wait for a key that another node makes. */
export interface Wakers {
  /** Until woken, so long at most. @throws the signal's reason */
  sleep(key: string, ms: number, signal: AbortSignal): Promise<void>
  wake(key: string): void
}

export function createWakers(): Wakers {
  const sleeping = new Map<string, Set<() => void>>()
  return {
    sleep: (key, ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const here = sleeping.get(key) ?? new Set()
        sleeping.set(key, here)
        const getUp = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', leave)
          here.delete(getUp)
          if (here.size === 0 && sleeping.get(key) === here) sleeping.delete(key)
          resolve()
        }
        const leave = () => {
          // Before getting up, which would be taken for having been woken.
          reject(signal.reason)
          getUp()
        }
        const timer = setTimeout(getUp, ms)
        signal.addEventListener('abort', leave, { once: true })
        here.add(getUp)
      }),
    wake(key) {
      for (const getUp of sleeping.get(key) ?? []) getUp()
    },
  }
}
