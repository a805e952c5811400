/** Small things that the benches share: percentiles, and what a bound came to. */

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** Prints the figure beside its bound; over it, the bench fails. */
export function hold(what: string, value: number, bound: number, unit = ''): void {
  const ok = value <= bound
  console.log(`${what}: ${value.toFixed(2)}${unit} (bound ${bound}${unit}) ${ok ? 'ok' : 'OVER'}`)
  if (!ok) process.exitCode = 1
}

/** Runs `task` for 0..count-1, so many at a time, and answers how long the whole took and each one, ms. */
export async function run(
  count: number,
  concurrency: number,
  task: (index: number) => Promise<unknown>,
): Promise<{ readonly totalMs: number; readonly eachMs: readonly number[] }> {
  const eachMs: number[] = []
  let next = 0
  const startedMs = performance.now()
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const fromMs = performance.now()
      await task(index)
      eachMs.push(performance.now() - fromMs)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return { totalMs: performance.now() - startedMs, eachMs }
}
