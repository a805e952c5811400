/**
 * A guard, broken once, and the test that saw it: credential sent on -> 'sends its credential to nobody else'; a second redirect
 * followed -> 'goes one step and no further'; the address not checked -> 'goes to no address of this network'.
 */
import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import { createOutbound } from '../../../src/network/outbound.ts'
import { deadUrl, type HttpServer, openHttpServer } from '../../support/open-server.ts'

const opened: HttpServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

async function serve(answer: RequestListener) {
  const seen: IncomingHttpHeaders[] = []
  const server = await openHttpServer((request, response) => {
    seen.push(request.headers)
    answer(request, response)
  })
  opened.push(server)
  return { url: server.url, host: new URL(server.url).host, seen }
}

const canary = { 'x-key': 'canary-19d2' }

function open(
  baseUrl: string,
  allow: readonly string[] = [],
  signal = new AbortController().signal,
): Promise<Readable> {
  const outbound = createOutbound({ allowHosts: allow, userAgent: 'talking-photo/test' })
  return outbound.openFile({ baseUrl, path: '/files/1', headers: canary, signal })
}

async function failureOf(work: Promise<unknown>): Promise<VendorFailure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
  return error
}

describe('a file that a service keeps for us', () => {
  it('is streamed, asked for with the credential', async () => {
    const service = await serve((_request, response) => void response.end('film'))
    expect(String(await buffer(await open(service.url)))).toBe('film')
    expect(service.seen).toMatchObject([canary])
  })

  it('sends its credential to nobody else', async () => {
    const store = await serve((_request, response) => void response.end('film'))
    const service = await serve((_request, response) => void response.writeHead(302, { location: store.url }).end())
    expect(String(await buffer(await open(service.url, [store.host])))).toBe('film')
    expect(store.seen[0]).not.toHaveProperty('x-key')
  })

  it('goes one step and no further', async () => {
    const service = await serve((_request, response) => void response.writeHead(302, { location: '/again' }).end())
    expect((await failureOf(open(service.url, [service.host]))).fault).toBe('bad-output')
    expect(service.seen).toHaveLength(2)
    expect(service.seen[1]).not.toHaveProperty('x-key')
  })

  it('goes to no address of this network', async () => {
    const store = await serve((_request, response) => void response.end('film'))
    const service = await serve((_request, response) => void response.writeHead(302, { location: store.url }).end())
    expect((await failureOf(open(service.url))).fault).toBe('bad-output')
    expect(store.seen).toHaveLength(0)
  })

  it('is missing where it is not answered, and unreachable where nobody is', async () => {
    const service = await serve((_request, response) => void response.writeHead(404).end())
    expect(await failureOf(open(service.url))).toMatchObject({ fault: 'bad-output', vendorStatus: 404 })
    expect((await failureOf(open(await deadUrl()))).fault).toBe('unreachable')
  })

  it('tells in its stream that it was cut off', async () => {
    const service = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    })
    expect((await failureOf(open(service.url).then(buffer))).fault).toBe('cut-off')
  })

  it('ends the connection when nobody reads it any more, and stops when it is told to', async () => {
    let closed = () => {}
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve
    })
    const service = await serve((_request, response) => {
      response.once('close', closed)
      response.writeHead(200).write(Buffer.alloc(2_000_000))
    })
    const file = await open(service.url)
    file.destroy()
    await isClosed
    const controller = new AbortController()
    const reason = new Error('cancelled')
    const other = await open(service.url, [], controller.signal)
    controller.abort(reason)
    await expect(buffer(other)).rejects.toBe(reason)
    await expect(open(service.url, [], AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})
