/**
 * Whether a render process that serves one job after the other stays as large as it is.
 *   npm run build && npx tsx bench/render-flat.ts [--renders 50] [--photo photo.jpg]
 *
 * Short clips of the economy tier; the mean of the last five idle sizes against the mean of the first five.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defaultPhoto, jobFor, knowMesh, openWarmRenderer } from './render-job.ts'
import { rendererMemoryMb } from './resident-memory.ts'

const growthBound = 1.1
const leadIn = 5

const { values } = parseArgs({
  options: { renders: { type: 'string', default: '50' }, photo: { type: 'string', default: defaultPhoto } },
})
const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length

const directory = await mkdtemp(join(tmpdir(), 'bench-flat-'))
const renderer = openWarmRenderer()
let ok = false
try {
  const short = { script: 'Mary may buy five big boats.', fps: 24, maxKilobitsPerSecond: 2000 }
  const job = { ...jobFor(directory, values.photo), ...short, faceMesh: await knowMesh(values.photo) }
  await renderer.warm()
  const sizes: number[] = []
  for (let i = 0; i < leadIn + Number(values.renders); i++) {
    await renderer.render(job)
    // It tidies up once it is idle.
    await new Promise((later) => setTimeout(later, 200))
    sizes.push(rendererMemoryMb().node)
  }
  const settled = sizes.slice(leadIn)
  const [before, after] = [mean(settled.slice(0, 5)), mean(settled.slice(-5))]
  ok = after / before <= growthBound
  console.log(`${values.renders} renders in one process: ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`)
  console.log(
    `  growth ${(after / before).toFixed(2)} (bound ${growthBound}; highest ${Math.max(...settled).toFixed(0)} MB)`,
  )
  console.log(
    `  every fifth: ${settled
      .filter((_, i) => i % 5 === 0)
      .map(Math.round)
      .join(' ')}`,
  )
  console.log(`  ${ok ? 'within bounds' : 'BEYOND BOUNDS'}`)
} finally {
  await renderer.close()
  await rm(directory, { recursive: true, force: true })
}
process.exitCode = ok ? 0 : 1
process.exit()
