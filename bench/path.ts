/**
 * What our whole way in costs over a bare express and multer that store the same photo: upload, decode, face check, one
 * transaction, and the answer to a request that was made before. Each server is a process of its own, asked over one
 * connection in turn, in alternating rounds; medians, and their ratio.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import express from 'express'
import multer from 'multer'
import { generate, watch } from '../tests/support/api-client.ts'
import { ask, formOf } from '../tests/support/cluster-client.ts'
import { demoPortrait } from '../tests/support/demo-portrait.ts'
import { postgresForTests } from '../tests/support/postgres-server.ts'
import { makeDataDir, runServer } from '../tests/support/run-server.ts'
import { median, run } from './measure.ts'
import { recordAs } from './record.ts'

const rounds = 5
const perRound = 40

async function bare(directory: string): Promise<void> {
  const app = express()
  app.post('/upload', multer({ dest: directory }).single('photo'), (request, response) => {
    response.status(202).json({ id: request.file?.filename, script: (request.body as { script: string }).script })
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.((server.address() as AddressInfo).port)
}

async function main(): Promise<void> {
  recordAs('path')
  const postgres = await postgresForTests()
  const data = await makeDataDir()
  const directory = await mkdtemp(join(tmpdir(), 'bench-path-'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const DATABASE_URL = await postgres.createDatabase()
  // Nobody renders while it is measured.
  const server = await runServer(data.path, { DATABASE_URL, ROLES: 'web' })
  let floor: ChildProcess | undefined
  try {
    floor = fork(fileURLToPath(import.meta.url), [directory], { execArgv: ['--import', 'tsx'] })
    const [port] = (await once(floor, 'message')) as [number]
    const photo = await readFile(demoPortrait)
    const known = { script: 'Said before.' }
    const worker = await runServer(data.path, { DATABASE_URL, ROLES: 'worker' })
    await watch(server.url, (await generate(server.url, photo, { ...known, quality: 'economy' })).id)
    await worker.stop()

    let shots = 0
    /** The same picture with other bytes behind its end: nobody has seen it before. */
    const fresh = () => Buffer.concat([photo, Buffer.from(`take ${++shots}`)])
    const post = async (url: string, status: number, body: Awaited<ReturnType<typeof formOf>>) => {
      const answer = await ask(url, { method: 'POST', agent, ...body })
      if (answer.status !== status) throw new Error(`${answer.status} ${answer.body.toString()}`)
    }
    const ours = `${server.url}/api/v1/video/generate`
    const took: Record<'bare' | 'fresh' | 'cached', number[]> = { bare: [], fresh: [], cached: [] }
    for (let round = 0; round <= rounds; round += 1) {
      const bodies = await Promise.all(
        Array.from({ length: perRound }, (_, nth) =>
          formOf(fresh(), { script: `Number ${nth} of ${round}.`, timeout: 3600 }),
        ),
      )
      const again = await formOf(photo, known)
      const results = {
        bare: await run(perRound, 1, (nth) => post(`http://127.0.0.1:${port}/upload`, 202, bodies[nth]!)),
        cached: await run(perRound, 1, () => post(ours, 200, again)),
        fresh: await run(perRound, 1, (nth) => post(ours, 202, bodies[nth]!)),
      }
      // The first round warms up.
      if (round > 0) for (const kind of ['bare', 'fresh', 'cached'] as const) took[kind].push(...results[kind].eachMs)
    }
    const p50 = { bare: median(took.bare), fresh: median(took.fresh), cached: median(took.cached) }
    console.log(`photo of ${(photo.length / 1024).toFixed(0)} KB, ${rounds} rounds of ${perRound}, one client`)
    console.log(`bare express + multer: p50 ${p50.bare.toFixed(2)} ms`)
    console.log(`a photo never seen:    p50 ${p50.fresh.toFixed(2)} ms, ${(p50.fresh / p50.bare).toFixed(1)} x`)
    console.log(`answered from before:  p50 ${p50.cached.toFixed(2)} ms, ${(p50.cached / p50.bare).toFixed(1)} x`)
  } finally {
    floor?.kill()
    agent.destroy()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
    await data.remove()
    await postgres.stop()
  }
}

const directory = process.argv[2]
if (directory === undefined) await main()
else await bare(directory)
