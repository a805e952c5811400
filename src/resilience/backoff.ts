/** Waits that grow by doubling, with jitter so that many who failed together do not come back together. */

export interface Backoff {
  readonly firstSeconds: number
  readonly longestSeconds: number
}

/** @param tries failed so far, from 1. @param random 0..1. @returns seconds between half of the doubled wait and all of it */
export function backoffSeconds({ firstSeconds, longestSeconds }: Backoff, tries: number, random: number): number {
  const full = Math.min(longestSeconds, firstSeconds * 2 ** Math.max(0, tries - 1))
  return full * (0.5 + random / 2)
}
