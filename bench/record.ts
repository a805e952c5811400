/** What a bench says stays beside it, under bench/results, with the machine that it was said on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { format } from 'node:util'

/** From now on every line of console.log goes to bench/results/<name>.txt, too; written at the end, however it comes. */
export function recordAs(name: string): void {
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  const lines = [
    `${name}, ${new Date().toISOString()}, Node ${process.version}`,
    `${availableParallelism()} x ${cpus()[0]?.model.trim() || 'unknown processor'}, ${(totalmem() / 2 ** 30).toFixed(0)} GB; load before: ${loadavg()[0]?.toFixed(2)}`,
    '',
  ]
  const print = console.log
  console.log = (...words: unknown[]) => {
    lines.push(format(...words))
    print(...words)
  }
  process.once('exit', (code) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      `${folder}${name}.txt`,
      `${lines.join('\n')}\n\n${code === 0 ? 'all bounds held' : 'NOT all bounds held'}\n`,
    )
  })
}
