/**
 * A file to an address that a vendor wrote. Each rule was broken once, and seen by the test that bears its name: the address not
 * checked, redirects taken for success, the file not bounded, its name not quoted, the permission in the query told.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import { createOutbound } from '../../../src/network/outbound.ts'
import type { FormRequest } from '../../../src/network/send-form.ts'
import { deadUrl, type HttpServer, openHttpServer } from '../../support/open-server.ts'

const canary = 'canary-4b1e-permission'
let folder: string
let server: HttpServer
let status = 204
let forms: FormData[] = []
const logged: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'send-form-'))
  await writeFile(join(folder, 'photo.jpg'), Buffer.from([0xff, 0xd8, 0xff, 13, 10, 45, 45]))
  server = await openHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = { 'content-type': String(request.headers['content-type']) }
    forms.push(await new Response(new Uint8Array(Buffer.concat(chunks)), { headers }).formData())
    response.writeHead(status, { location: '/elsewhere' }).end()
  })
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})
afterEach(() => {
  status = 204
  forms = []
  expect(logged.splice(0).join()).not.toContain(canary)
})

function send(more: Partial<FormRequest> = {}, allow = [`127.0.0.1:${server.port}`]) {
  const log = { debug: (...line: unknown[]) => void logged.push(JSON.stringify(line)) }
  return createOutbound({ allowHosts: allow, userAgent: 'talking-photo/test', log }).sendForm({
    url: `${server.url}/uploads?sig=${canary}`,
    fields: { key: 'uploads/1', policy: 'a\r\nb' },
    file: { path: join(folder, 'photo.jpg'), name: 'my "photo".jpg', type: 'image/jpeg' },
    maxBytes: 1000,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  })
}

async function faultOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
  expect(String(error.cause)).not.toContain(canary)
  return error.fault
}

it('sends the fields, then the file, and no credential', async () => {
  await send()
  const [form] = forms
  expect([...form!.keys()]).toEqual(['key', 'policy', 'file'])
  expect([form!.get('key'), form!.get('policy')]).toEqual(['uploads/1', 'a\r\nb'])
  const file = form!.get('file') as File
  expect([file.type, file.name]).toEqual(['image/jpeg', 'my "photo".jpg'])
  expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([0xff, 0xd8, 0xff, 13, 10, 45, 45])
  const names = Object.keys(server.requests.at(-1)!.headers).sort()
  expect(names).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'content-length',
    'content-type',
    'host',
    'user-agent',
  ])
})

it('goes to no address inside the network', async () => {
  expect(await faultOf(send({}, []))).toBe('server-error')
  expect(await faultOf(send({ url: 'https://169.254.169.254/x' }))).toBe('server-error')
  expect(await faultOf(send({ url: 'no address' }))).toBe('server-error')
  expect(forms).toEqual([])
})

it.each([
  [307, 'server-error'],
  [403, 'server-error'],
  [413, 'too-large'],
  [503, 'server-error'],
])('has failed when it is answered %s', async (answer, fault) => {
  status = answer
  expect(await faultOf(send())).toBe(fault)
  expect(forms).toHaveLength(1)
})

it('sends nothing that is too large', async () => {
  expect(await faultOf(send({ maxBytes: 6 }))).toBe('too-large')
  expect(forms).toEqual([])
})

it('names who is not there, and stops when it is told to', async () => {
  const dead = await deadUrl()
  expect(await faultOf(send({ url: dead }, [new URL(dead).host]))).toBe('unreachable')
  const reason = new Error('cancelled')
  await expect(send({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})
