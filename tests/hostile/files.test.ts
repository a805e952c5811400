/** What strangers upload, against a real server: each file has its answer, and the server is none the worse for it. */
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { problemSchema } from '../../src/http/schemas/problem.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { eventually, filesIn, makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import type { Answer } from './answers.ts'
import { type HostileFile, hostileFiles } from './hostile-files.ts'

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
let portrait: Buffer
let files: readonly (Omit<HostileFile, 'make'> & { readonly bytes: Buffer })[]

beforeAll(async () => {
  portrait = await readFile(demoPortrait)
  files = await Promise.all(hostileFiles(portrait).map(async ({ make, ...file }) => ({ ...file, bytes: await make() })))
  data = await makeDataDir()
  server = await runServer(data.path)
}, 180_000)
afterAll(async () => {
  await server.stop()
  await data.remove()
})

async function check(bytes: Buffer): Promise<Answer> {
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(bytes)]), 'photo.jpg')
  const response = await fetch(`${server.url}/api/v1/photos/check`, { method: 'POST', body: form })
  const body = (await response.json()) as { ok?: boolean; problem?: { reason: 'no-face' } }
  if (response.status === 200) return { status: 200, face: body.ok ? true : (body.problem?.reason ?? 'no-face') }
  const problem = problemSchema.parse(body)
  expect(problem.hint).toBeTruthy()
  return { status: response.status, reason: problem.reason }
}

/** What the server says of itself once everything is over. */
async function expectUnharmed(): Promise<void> {
  expect((await check(portrait)).status).toBe(200)
  await eventually(
    () => filesIn(data.path),
    (left) => left.length === 0,
  )
  expect(server.log.filter(({ level, event }) => Number(level) >= 50 || event === 'analysis_child_replaced')).toEqual(
    [],
  )
}

describe('a hostile file', () => {
  it('has its answer, each of them, and leaves nothing behind', async () => {
    expect(files.length).toBeGreaterThan(100)
    const answers: Record<string, Answer> = {}
    for (const { name, bytes } of files) answers[name] = await check(bytes)
    expect(answers).toEqual(Object.fromEntries(files.map(({ name, answer }) => [name, answer])))
    await expectUnharmed()
  }, 180_000)

  it('has it also in a crowd', async () => {
    const crowd = files.filter(({ answer }) => answer.status !== 200)
    const answers = await Promise.all(crowd.map(async ({ name, bytes }) => [name, await check(bytes)] as const))
    expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(crowd.map(({ name, answer }) => [name, answer])))
    await expectUnharmed()
  }, 180_000)

  it('of 200 MB and one byte is refused, announced or not', async () => {
    const limit = 200 * 1024 * 1024
    const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n')
    const tail = Buffer.from('\r\n--b--\r\n')
    async function* form() {
      yield head
      yield portrait
      const block = Buffer.alloc(1024 * 1024, 0x20)
      for (let left = limit + 1 - portrait.length; left > 0; left -= block.length) yield block.subarray(0, left)
      yield tail
    }
    for (const length of [undefined, String(head.length + limit + 1 + tail.length)]) {
      const response = await fetch(`${server.url}/api/v1/photos/check`, {
        method: 'POST',
        headers: { 'Content-Type': 'multipart/form-data; boundary=b', ...(length && { 'Content-Length': length }) },
        body: Readable.toWeb(Readable.from(form())) as ReadableStream,
        duplex: 'half',
      } as RequestInit)
      expect(problemSchema.parse(await response.json())).toMatchObject({ status: 413, reason: 'photo-too-large' })
    }
    await expectUnharmed()
  }, 60_000)
})
