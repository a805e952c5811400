/**
 * Lets one of many equal requests of this process prepare, while the others wait for what it comes to: a photo is not looked
 * at two hundred times because two hundred ask at once. Another process decides by the unique row, as ever.
 */
export type OneAtATime = <T>(
  name: string,
  /** Does the work. */
  lead: () => Promise<T>,
  /** Asked after somebody else's work: its result, or null, and then one's own turn comes. */
  follow: () => Promise<T | null>,
  /** Its reason is thrown while it waits. */
  signal?: AbortSignal,
) => Promise<T>

export function createOneAtATime(): OneAtATime {
  const leaders = new Map<string, Promise<unknown>>()
  return async (name, lead, follow, signal) => {
    for (let ahead = leaders.get(name); ahead; ahead = leaders.get(name)) {
      await untilOver(ahead, signal)
      const followed = await follow()
      if (followed !== null) return followed
    }
    const leading = lead().finally(() => leaders.delete(name))
    leaders.set(name, leading)
    return leading
  }
}

/** However it ends. */
async function untilOver(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  let leave = () => {}
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
  })
  try {
    await Promise.race([work.catch(() => {}), aborted])
  } finally {
    signal?.removeEventListener('abort', leave)
  }
}
