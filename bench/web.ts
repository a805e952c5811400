/**
 * What a render costs the web: the same requests against the same server, idle and while it renders, in one run.
 * Bound: p99 while rendering <= 3 x p99 idle. Also how far the told time left was from the truth.
 */
import { performance } from 'node:perf_hooks'
import { generate, watch } from '../tests/support/api-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { makeDataDir, runServer } from '../tests/support/run-server.ts'

const bound = 3
const requestsPerRound = 600
const pauseMs = 5
const script = 'The quick brown fox jumps over the lazy dog, and the five boxing wizards jump quickly. '.repeat(5)

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

/** Latencies in ms, sorted, of alternating reads: one that touches no database, one that does. */
async function measure(url: string, goOn: (count: number) => boolean): Promise<number[]> {
  const latencies: number[] = []
  for (let count = 0; goOn(count); count++) {
    const startedMs = performance.now()
    const response = await fetch(url + (count % 2 === 0 ? '/health/live' : '/api/v1/video?limit=20'))
    await response.arrayBuffer()
    latencies.push(performance.now() - startedMs)
    await new Promise((next) => setTimeout(next, pauseMs))
  }
  return latencies.sort((a, b) => a - b)
}

async function renderAndMeasure(url: string): Promise<{ latencies: number[]; etaErrors: number[] }> {
  const { id } = await generate(url, demoPortrait, { script, quality: 'standard', fresh: true })
  let rendering = true
  const told: { atMs: number; etaSeconds: number }[] = []
  const watching = watch(url, id, 0, (event) => {
    if (typeof event.eta_seconds === 'number') told.push({ atMs: performance.now(), etaSeconds: event.eta_seconds })
    return false
  }).finally(() => {
    rendering = false
  })
  await watch(url, id, 0, ({ type, stage }) => type === 'completed' || stage === 'frames')
  const latencies = await measure(url, () => rendering)
  await watching
  const endMs = performance.now()
  return { latencies, etaErrors: told.map(({ atMs, etaSeconds }) => etaSeconds - (endMs - atMs) / 1000) }
}

async function main(): Promise<void> {
  const data = await makeDataDir()
  const server = await runServer(data.path)
  try {
    await measure(server.url, (count) => count < 200)
    const rounds: number[] = []
    for (let round = 1; round <= 3; round++) {
      const idle = await measure(server.url, (count) => count < requestsPerRound)
      const busy = await renderAndMeasure(server.url)
      const [idleP99, busyP99] = [percentile(idle, 0.99), percentile(busy.latencies, 0.99)]
      rounds.push(busyP99 / idleP99)
      const errors = [...busy.etaErrors].sort((a, b) => a - b)
      console.log(
        `round ${round}: idle p50 ${percentile(idle, 0.5).toFixed(1)} p99 ${idleP99.toFixed(1)} ms (${idle.length}), ` +
          `rendering p50 ${percentile(busy.latencies, 0.5).toFixed(1)} p99 ${busyP99.toFixed(1)} ms (${busy.latencies.length}), ` +
          `ratio ${(busyP99 / idleP99).toFixed(2)}; time left told ${errors.length} times, off by ${(errors[0] ?? 0).toFixed(1)} to ${(errors.at(-1) ?? 0).toFixed(1)} s, median ${percentile(errors, 0.5).toFixed(1)}`,
      )
    }
    const median = rounds.sort((a, b) => a - b)[1] ?? 0
    console.log(
      `web p99 while rendering / idle: ${median.toFixed(2)} (bound ${bound}) ${median <= bound ? 'ok' : 'OVER'}`,
    )
    if (median > bound) process.exitCode = 1
  } finally {
    await server.stop()
    await data.remove()
  }
}

await main()
