/**
 * What hostile files cost: the seconds until each has its answer, as ratios to an ordinary photo in the same run, and the memory that
 * all of them together add to a warm server and its children. Bounds: refused within a second, 150 MB.
 */
import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { hostileFiles } from '../tests/hostile/hostile-files.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { forgetPeaks, peakMegabytes } from '../tests/support/process-memory.ts'
import { makeDataDir, runServer } from '../tests/support/run-server.ts'

const boundSeconds = 1
const boundMegabytes = 150
const slowestShown = 12

/** Seconds until the whole answer is there. */
async function check(url: string, bytes: Buffer): Promise<{ seconds: number; status: number }> {
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(bytes)]), 'photo.jpg')
  const startedMs = performance.now()
  const response = await fetch(`${url}/api/v1/photos/check`, { method: 'POST', body: form })
  await response.arrayBuffer()
  return { seconds: (performance.now() - startedMs) / 1000, status: response.status }
}

async function main(): Promise<void> {
  const portrait = await readFile(demoPortrait)
  const files = await Promise.all(hostileFiles(portrait).map(async ({ name, make }) => ({ name, bytes: await make() })))
  const data = await makeDataDir()
  const server = await runServer(data.path)
  try {
    const ordinary: number[] = []
    for (let count = 0; count < 12; count++) ordinary.push((await check(server.url, portrait)).seconds)
    const floor = ordinary.sort((a, b) => a - b)[Math.floor(ordinary.length / 2)]!
    await forgetPeaks(server.pid)
    const warm = await peakMegabytes(server.pid)
    const rows: { name: string; seconds: number; status: number }[] = []
    for (const { name, bytes } of files) rows.push({ name, ...(await check(server.url, bytes)) })
    const grown = (await peakMegabytes(server.pid)) - warm
    rows.sort((a, b) => b.seconds - a.seconds)
    console.log(`an ordinary photo: ${floor.toFixed(2)} s; ${files.length} hostile files, the slowest:`)
    for (const { name, seconds, status } of rows.slice(0, slowestShown)) {
      console.log(`  ${seconds.toFixed(2)} s  ${(seconds / floor).toFixed(1)} x  ${status}  ${name}`)
    }
    const refused = rows.filter(({ status }) => status !== 200)
    const slowest = refused[0]?.seconds ?? 0
    const verdict = (isInside: boolean) => (isInside ? 'ok' : 'OVER')
    console.log(
      `refused: ${refused.length}, the slowest after ${slowest.toFixed(2)} s = ${(slowest / floor).toFixed(1)} x an ordinary photo ` +
        `(bound ${boundSeconds} s) ${verdict(slowest <= boundSeconds)}`,
    )
    console.log(
      `memory: warm ${warm.toFixed(0)} MB, peak + ${grown.toFixed(0)} MB (bound ${boundMegabytes}) ${verdict(grown <= boundMegabytes)}`,
    )
    if (slowest > boundSeconds || grown > boundMegabytes) process.exitCode = 1
  } finally {
    await server.stop()
    await data.remove()
  }
}

await main()
