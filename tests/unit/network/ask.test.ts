import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import type { Answer, AskRequest } from '../../../src/network/ask.ts'
import { createOutbound } from '../../../src/network/outbound.ts'
import { useManualTimers } from '../../support/manual-timers.ts'
import { deadUrl, type OpenServer, openHttpServer, openServer, openTcpServer } from '../../support/open-server.ts'

const canary = 'canary-4f1d-secret'
const logged: string[] = []
const { ask } = createOutbound({
  allowHosts: [],
  userAgent: 'talking-photo/test',
  connectTimeoutMs: 5_000,
  log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
})

const opened: OpenServer[] = []
async function open<T extends OpenServer>(server: Promise<T>): Promise<T> {
  const started = await server
  opened.push(started)
  return started
}

afterEach(async () => {
  jest.useRealTimers()
  for (const server of opened.splice(0)) await server.close()
})

const asked = (baseUrl: string, more: Partial<AskRequest> = {}): Promise<Answer> =>
  ask({
    method: 'POST',
    baseUrl,
    path: `/video/generate?token=${canary}`,
    headers: { authorization: `Bearer ${canary}` },
    json: { words: `${canary} in the body` },
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  })

/** What was thrown; its message, cause and stack hold nothing secret. */
async function thrownBy(work: Promise<unknown>): Promise<VendorFailure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    expect(JSON.stringify([each.message, each.stack, { ...each }])).not.toContain(canary)
  }
  expect(error).toBeInstanceOf(VendorFailure)
  return error as VendorFailure
}

describe('asking a configured service', () => {
  it('sends JSON with the credential below the base URL, and answers status, headers and JSON', async () => {
    const bodies: string[] = []
    const server = await open(
      openHttpServer(async (request, response) => {
        let body = ''
        for await (const chunk of request) body += chunk
        bodies.push(body)
        response.writeHead(202, { 'x-request-id': 'req_7', 'content-type': 'application/json' }).end('{"job_id":"j1"}')
      }),
    )
    const answer = await asked(`${server.url}/v1/`)
    expect(answer).toMatchObject({ status: 202, text: '{"job_id":"j1"}', json: { job_id: 'j1' } })
    expect(answer.headers['x-request-id']).toBe('req_7')
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      url: `/v1/video/generate?token=${canary}`,
      headers: {
        authorization: `Bearer ${canary}`,
        'user-agent': 'talking-photo/test',
        'content-type': 'application/json',
        accept: 'application/json',
      },
    })
    expect(bodies).toEqual([JSON.stringify({ words: `${canary} in the body` })])
  })

  it.each([400, 401, 402, 404, 429, 500, 503])(
    'answers %d as it is, also where the body is no JSON',
    async (status) => {
      const server = await open(openHttpServer((_, response) => response.writeHead(status).end('<h1>no</h1>')))
      expect(await asked(server.url)).toMatchObject({ status, text: '<h1>no</h1>', json: undefined })
    },
  )

  it('answers a redirect and does not follow it', async () => {
    const other = await open(openHttpServer((_, response) => response.end('{}')))
    const server = await open(
      openHttpServer((_, response) => response.writeHead(307, { location: `${other.url}/take-the-key` }).end()),
    )
    expect((await asked(server.url)).status).toBe(307)
    expect(other.requests).toHaveLength(0)
  })

  it.each([
    '@evil.example/x',
    '.evil.example/x',
    '/../admin',
    '/a/../../admin',
    '/%2e%2e/%2E%2e/admin',
    ':1/x',
    '\\evil',
    '',
  ])('refuses a path that leaves the base URL: %j', async (path) => {
    const server = await open(openHttpServer((_, response) => response.end('{}')))
    await expect(asked(`${server.url}/v1`, { path })).rejects.toThrow(/leads out/)
    expect(server.requests).toHaveLength(0)
  })

  it('uses no proxy of the environment', async () => {
    const proxy = await open(openHttpServer((_, response) => response.end('{"from":"proxy"}')))
    const server = await open(openHttpServer((_, response) => response.end('{"from":"service"}')))
    const before = { ...process.env }
    Object.assign(process.env, {
      HTTP_PROXY: proxy.url,
      http_proxy: proxy.url,
      ALL_PROXY: proxy.url,
      NO_PROXY: '',
      no_proxy: '',
    })
    try {
      expect((await asked(server.url)).json).toEqual({ from: 'service' })
    } finally {
      process.env = before
    }
    expect(proxy.requests).toHaveLength(0)
  })

  it('hears an answer that comes before the body is sent', async () => {
    const server = await open(
      openHttpServer((_, response) => response.writeHead(413, { connection: 'close' }).end('{"error":"too large"}')),
    )
    for (let i = 0; i < 5; i++) {
      expect((await asked(server.url, { json: { image: 'x'.repeat(20_000_000) } })).status).toBe(413)
    }
  })

  it('opens a connection of its own for every request', async () => {
    const ports = new Set<number | undefined>()
    const server = await open(
      openHttpServer((request, response) => {
        ports.add(request.socket.remotePort)
        response.end('{}')
      }),
    )
    for (let i = 0; i < 3; i++) await asked(server.url)
    expect(ports.size).toBe(3)
  })

  it('logs method, host, path and status, nothing secret', async () => {
    const server = await open(openHttpServer((_, response) => response.end('{}')))
    logged.length = 0
    await asked(server.url)
    await thrownBy(asked(await deadUrl()))
    expect(logged).toHaveLength(2)
    expect(logged[0]).toContain('"path":"/video/generate"')
    expect(logged[0]).toContain('"status":200')
    expect(logged.join()).not.toContain(canary)
  })
})

describe('a request of which nothing left is unreachable', () => {
  it('where nobody listens', async () => {
    const failure = await thrownBy(asked(await deadUrl()))
    expect(failure).toMatchObject({ fault: 'unreachable', code: 'NETWORK_ERROR' })
    expect(String(failure.cause)).toMatch(/POST 127\.0\.0\.1:\d+\/video\/generate: ECONNREFUSED/)
  })

  it('where the name is of nobody', async () => {
    expect((await thrownBy(asked('http://nowhere.invalid'))).fault).toBe('unreachable')
  })

  it('where the certificate is not to be trusted: the other side reads no request', async () => {
    const seen: string[] = []
    const read = (name: string) => readFileSync(new URL(`../../support/self-signed/${name}.pem`, import.meta.url))
    const tls = createTlsServer({ key: read('key'), cert: read('cert') }, (request, response) => {
      seen.push(request.url ?? '')
      response.end('{}')
    })
    const server = await open(openServer(tls, 'https'))
    const failure = await thrownBy(asked(server.url))
    expect(failure.fault).toBe('unreachable')
    expect(String(failure.cause)).toContain('SELF_SIGNED')
    await server.close()
    expect(seen).toEqual([])
  })

  it('where TLS is answered by something else', async () => {
    const server = await open(openTcpServer((socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\n')))
    expect((await thrownBy(asked(server.url.replace('http:', 'https:')))).fault).toBe('unreachable')
  })

  it('where TLS never comes up in the time for connecting', async () => {
    const advance = useManualTimers()
    const server = await open(openTcpServer((socket) => void socket.once('data', () => advance(5_000))))
    const failure = await thrownBy(asked(server.url.replace('http:', 'https:')))
    expect(failure.fault).toBe('unreachable')
    expect(String(failure.cause)).toContain('time to connect of 5000 ms')
  })
})

describe('a request that had begun to leave is cut off', () => {
  it('where no answer comes in time', async () => {
    const advance = useManualTimers()
    const server = await open(openHttpServer(() => advance(10_000)))
    const failure = await thrownBy(asked(server.url))
    expect(failure).toMatchObject({ fault: 'cut-off', code: 'TIMEOUT' })
    expect(String(failure.cause)).toContain('time for the answer of 10000 ms')
  })

  it('where the connection is reset after the request was read', async () => {
    const server = await open(
      openHttpServer((request) => void request.resume().once('end', () => request.socket.resetAndDestroy())),
    )
    expect((await thrownBy(asked(server.url))).fault).toBe('cut-off')
  })

  it('where it is closed at once, unread', async () => {
    const server = await open(openTcpServer((socket) => void socket.destroy()))
    expect((await thrownBy(asked(server.url))).fault).toBe('cut-off')
  })

  it('where it is closed in the middle of a large body', async () => {
    const server = await open(openTcpServer((socket) => void socket.once('data', () => socket.resetAndDestroy())))
    expect((await thrownBy(asked(server.url, { json: { image: 'x'.repeat(8_000_000) } }))).fault).toBe('cut-off')
  })

  it('where the answer ends before its length', async () => {
    const half = 'HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{"job_id":'
    const server = await open(openTcpServer((socket) => void socket.once('data', () => socket.end(half))))
    expect((await thrownBy(asked(server.url))).fault).toBe('cut-off')
  })

  it('where the answer stops in the middle until the time is over', async () => {
    const advance = useManualTimers()
    const half = 'HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\n{"job_id":'
    const server = await open(
      openTcpServer((socket) => void socket.once('data', () => socket.write(half, () => advance(10_000)))),
    )
    expect((await thrownBy(asked(server.url))).fault).toBe('cut-off')
  })
})

describe('an answer that cannot be read is a bad answer', () => {
  it('where it is no HTTP', async () => {
    const server = await open(
      openTcpServer((socket) => void socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n'))),
    )
    expect((await thrownBy(asked(server.url))).fault).toBe('bad-answer')
  })

  it('where it is longer than allowed', async () => {
    const server = await open(openHttpServer((_, response) => response.end('x'.repeat(2_000))))
    expect((await thrownBy(asked(server.url, { maxResponseBytes: 1_999 }))).fault).toBe('bad-answer')
    expect((await asked(server.url, { maxResponseBytes: 2_000 })).text).toHaveLength(2_000)
  })

  it('where it unpacks to more than allowed', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000))
    const server = await open(
      openHttpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)),
    )
    expect(bomb.length).toBeLessThan(100_000)
    expect((await thrownBy(asked(server.url, { maxResponseBytes: 100_000 }))).fault).toBe('bad-answer')
  })

  it('where it is not packed as it says', async () => {
    const server = await open(
      openHttpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all')),
    )
    expect((await thrownBy(asked(server.url))).fault).toBe('bad-answer')
  })
})

describe('a request that is called off', () => {
  it.each([
    ['before it begins', async () => 'now'],
    ['while no answer comes', async () => 'asked'],
    ['in the middle of the answer', async () => 'answered'],
  ])('rethrows the reason: %s', async (_, when) => {
    const moment = await when()
    const controller = new AbortController()
    const reason = new Error('the generation was cancelled')
    const server = await open(
      openHttpServer((_request, response) => {
        if (moment === 'answered') response.write('{"half":')
        setImmediate(() => controller.abort(reason))
      }),
    )
    if (moment === 'now') controller.abort(reason)
    await expect(asked(server.url, { signal: controller.signal })).rejects.toBe(reason)
    expect(server.requests).toHaveLength(moment === 'now' ? 0 : 1)
  })
})
