/**
 * Five thousand requests made from the API's own document, against a real server: never an answer of our fault, never one that
 * the document does not foresee. A failure tells its seed and the smallest request that shows it.
 */
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import sharp from 'sharp'
import { generate, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { createHolder, type DocumentObject, type Holder } from '../support/hold-to-document.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { type AtHand, type FuzzRequest, requestFor } from './requests.ts'
import { type Sending, send } from './send.ts'

const requests = 5_000
/** Of the operations that read a body, each gets so many times the requests of another. */
const bodyWeight = 6

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
let holder: Holder
let sending: Sending
let atHand: AtHand

beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path, { MAX_QUEUED: '3' })
  holder = createHolder((await (await fetch(`${server.url}/api/openapi.json`)).json()) as DocumentObject)
  const portrait = await readFile(demoPortrait)
  const flat = sharp({ create: { width: 80, height: 80, channels: 3, background: '#888' } })
  const photos = new Map([
    ['words', Buffer.from('I am a photo.')],
    ['nothing', Buffer.alloc(0)],
    ['half', portrait.subarray(0, 3000)],
    ['head', portrait.subarray(0, 20)],
    ['flat', await flat.png().toBuffer()],
    ['portrait', portrait],
  ])
  const { id } = await generate(server.url, portrait, { script: 'Hi.', quality: 'economy' })
  await watch(server.url, id)
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(portrait)]), 'a.jpg')
  const kept = (await (await fetch(`${server.url}/api/v1/photos`, { method: 'POST', body: form })).json()) as {
    id: string
  }
  const cheap = ['words', 'nothing', 'half', 'head', 'words', 'half', 'head']
  // A look for faces costs a hundred times what a refusal does.
  atHand = { ids: [id, kept.id], photos: [...cheap, ...cheap, ...cheap, ...cheap, 'flat', 'portrait'] }
  sending = { url: server.url, agent: new Agent({ keepAlive: true }), photos }
}, 240_000)
afterAll(async () => {
  sending.agent.destroy()
  await server.stop()
  await data.remove()
})

describe('whatever is sent', () => {
  it('is answered as the document says, and never with a fault of ours', async () => {
    const operations = Object.entries(holder.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody }]) => ({
        path,
        method,
        weight: requestBody ? bodyWeight : 1,
      })),
    )
    const weights = operations.reduce((sum, { weight }) => sum + weight, 0)
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
    const statuses = new Map<number, number>()
    let sent = 0
    console.info(`FUZZ_SEED=${seed}`)
    const ends = await Promise.allSettled(
      operations.map(({ path, method, weight }) =>
        fc.assert(
          fc.asyncProperty(requestFor(holder.document, path, method, atHand), async (request) => {
            const answer = await send(request, sending)
            sent += 1
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
            const faults = [...faultsOf(answer)]
            // It was right, then; nobody waits for the film.
            for (const cancel of cancelsOf(answer)) faults.push(...faultsOf(await send(cancel, sending)))
            if (faults.length > 0) throw new Error(faults.join('; '))
          }),
          { seed, includeErrorInReport: true, numRuns: Math.ceil((requests * weight) / weights) },
        ),
      ),
    )
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []))
    if (failures.length > 0) throw new Error(failures.join('\n\n'))
    console.info(
      [...statuses]
        .sort()
        .map(([status, count]) => `${status}: ${count}`)
        .join(', '),
    )
    expect(sent).toBeGreaterThanOrEqual(requests)
    // It was not all refused at the door.
    for (const status of [200, 202, 404, 405, 415, 422]) expect(statuses.has(status)).toBe(true)
    expect(server.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
  }, 600_000)
})

function cancelsOf({ status, body }: Awaited<ReturnType<typeof send>>): readonly FuzzRequest[] {
  if (status !== 202 && status !== 207) return []
  const answer = JSON.parse(String(body)) as Accepted & { items?: readonly { generation: Accepted | null }[] }
  const made = status === 202 ? [answer] : (answer.items ?? []).map(({ generation }) => generation)
  return made.flatMap((one) =>
    one ? [{ method: 'DELETE', url: one.links.self, headers: {}, body: { kind: 'none' as const } }] : [],
  )
}

interface Accepted {
  readonly links: { readonly self: string }
}

function faultsOf(answer: Awaited<ReturnType<typeof send>>): readonly string[] {
  const { status, headers, body } = answer
  const faults = [...holder.hold(answer)]
  const isOurFault = status >= 500 && !(status === 503 && Number(headers['retry-after']) > 0)
  if (isOurFault) faults.push(`${status} ${body}`)
  if (headers['content-type']?.startsWith('application/problem+json') && body && body.length > 0) {
    const { hint, request_id: requestId } = JSON.parse(body.toString()) as { hint: unknown; request_id: unknown }
    if (typeof hint !== 'string' || hint === '') faults.push('there is no hint')
    if (requestId !== headers['x-request-id']) faults.push('the request id differs from the header')
  }
  return faults
}
