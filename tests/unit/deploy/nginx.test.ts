/**
 * The shipped nginx configuration in a real nginx, before nodes that are a few lines each.
 *
 * Clients here use each connection once: before 1.27.4 nginx closes idle ones when it takes a new list, and a request that
 * is just then on its way is lost (nginx/since-1.27.4.conf).
 *
 * Each rule was broken once and seen by its test: `proxy_timeout` added, a weight changed, X-Forwarded-For appended to, any id
 * passed on, uploads buffered, `Range` dropped, any address upgraded, polling not hashed, the query logged, the operators'
 * pattern made to mind its case, a member left out of a problem, `non_idempotent` added, no next node, no reload. What is lost when
 * nodes stop in turn without watch-nodes.sh is rare: the test of who is not ready stands for it.
 */
import { once } from 'node:events'
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { catalogue } from '../../../src/errors.ts'
import { reasons } from '../../../src/http/openapi/reasons.ts'
import { problemSchema } from '../../../src/http/schemas/problem.ts'
import { checkNginxConfiguration, type Nginx, startNginx } from '../../support/nginx.ts'
import { openRaw } from '../../support/raw-http.ts'
import { until } from '../../support/until.ts'

interface Node {
  readonly name: string
  /** What /health/ready says. */
  ready: boolean
  /** How often it was asked for that. */
  asked: number
  /** Every other request, by its method and url. */
  readonly heard: string[]
  answer: (request: IncomingMessage, response: ServerResponse) => void
  start(): Promise<void>
  /** As a server ends: takes no more, answers what it has. */
  stop(): Promise<void>
}

/** Says what came, when it has come whole. */
async function echo(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = request
  const body = await text(request)
  response.end(JSON.stringify({ node: name, method, url, headers, body }))
}

async function openNode(): Promise<Node> {
  let server: Server | null = null
  let port = 0
  const node: Node = {
    get name() {
      return `127.0.0.1:${port}`
    },
    ready: true,
    asked: 0,
    heard: [],
    answer: (request, response) => void echo(node.name, request, response),
    async start() {
      server = createServer((request, response) => {
        if (request.url === '/health/ready' && request.headers['x-request-id'] === undefined) {
          node.asked += 1
          response.writeHead(node.ready ? 200 : 503).end()
          return
        }
        node.heard.push(`${request.method} ${request.url}`)
        node.answer(request, response)
      })
      server.on('upgrade', (request, socket) => {
        node.heard.push(`upgrade ${request.url}`)
        socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello')
      })
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      if (!server?.listening) return
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
  await node.start()
  return node
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const agent = new Agent({ keepAlive: false })

async function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
  const sent = httpRequest(url, { method, headers, agent })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode!, headers: response.headers, body: await text(response) }
}

let nodes: [Node, Node, Node]
let nginx: Nginx
const names = () => nodes.map(({ name }) => name) as [string, string, string]
const heard = () => nodes.flatMap((node) => node.heard)

beforeAll(async () => {
  nodes = [await openNode(), await openNode(), await openNode()]
  nginx = await startNginx({ nodes: names(), watchSeconds: null })
})

afterAll(async () => {
  await nginx?.stop()
  for (const node of nodes ?? []) await node.stop()
})

test('nginx takes the configuration as it is', async () => {
  await expect(checkNginxConfiguration()).resolves.toContain('test is successful')
})

describe('on its way through', () => {
  test('requests are shared by the weights 3, 3 and 2', async () => {
    const fresh = await startNginx({ nodes: names(), watchSeconds: null })
    try {
      const counts = new Map<string, number>()
      const seen = await oneWorker(fresh)
      for (const node of seen) counts.set(node, (counts.get(node) ?? 0) + 1)
      expect(nodes.map(({ name }) => counts.get(name))).toEqual([6, 6, 4])
    } finally {
      await fresh.stop()
    }
  })

  test('a request keeps its address and its id, and says where it comes from', async () => {
    const { headers, body } = await ask(`${nginx.url}/api/v1/a%2Fb//c?q=%20x`, {
      headers: { 'X-Request-ID': 'mine-1', 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6' },
    })
    const came = JSON.parse(body)
    expect(came.url).toBe('/api/v1/a%2Fb//c?q=%20x')
    expect(came.headers).toMatchObject({
      host: new URL(nginx.url).host,
      'x-request-id': 'mine-1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
    })
    expect(came.headers).not.toHaveProperty('forwarded')
    expect(headers).not.toHaveProperty('x-powered-by')
  })

  test('a request without an id, or with one that no node would take, gets one', async () => {
    for (const headers of [{}, { 'X-Request-ID': 'not{one}' }]) {
      const { body } = await ask(`${nginx.url}/`, { headers })
      expect(JSON.parse(body).headers['x-request-id']).toMatch(/^[\da-f]{32}$/)
    }
  })

  test('a node hears the beginning of an upload before its end is sent, and is heard before it ends', async () => {
    const began: Promise<string>[] = []
    for (const node of nodes) {
      node.answer = (request, response) => {
        began.push(once(request, 'data').then(([bytes]) => String(bytes)))
        response.writeHead(200, { 'Content-Type': 'video/mp4' })
        response.write('begun;')
        request.on('end', () => response.end('ended'))
      }
    }
    try {
      const sent = httpRequest(`${nginx.url}/upload`, { method: 'POST', agent })
      sent.write('first')
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      const [first] = await once(response, 'data')
      expect(String(first)).toBe('begun;')
      await expect(began[0]).resolves.toBe('first')
      sent.end('last')
      expect(await text(response)).toBe('ended')
    } finally {
      for (const node of nodes) node.answer = (request, response) => void echo(node.name, request, response)
    }
  })

  test('what is asked of a film is asked of the node, and answered as the node does', async () => {
    const said = { 'Content-Range': 'bytes 2-4/9', ETag: '"a"', 'Content-Type': 'video/mp4', 'Content-Length': '3' }
    const ranges: unknown[] = []
    for (const node of nodes) {
      node.answer = (request, response) => {
        ranges.push(request.headers.range, request.headers['if-range'])
        response.writeHead(206, said).end('cde')
      }
    }
    try {
      const headers = { Range: 'bytes=2-4', 'If-Range': '"a"', 'Accept-Encoding': 'gzip' }
      const answer = await ask(`${nginx.url}/api/v1/video/gen_1/content`, { headers })
      expect(ranges).toEqual(['bytes=2-4', '"a"'])
      expect(answer).toMatchObject({
        status: 206,
        body: 'cde',
        headers: { 'content-range': 'bytes 2-4/9', etag: '"a"' },
      })
    } finally {
      for (const node of nodes) node.answer = (request, response) => void echo(node.name, request, response)
    }
  })

  test('Socket.IO may become a websocket, and nothing else', async () => {
    const head = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    const socket = openRaw(nginx.url, `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${head}`)
    const [greeting] = await once(socket.socket, 'data')
    expect(String(greeting)).toContain('101 Switching Protocols')
    socket.socket.destroy()
    expect(heard()).toContain('upgrade /socket.io/?EIO=4&transport=websocket')
    const other = openRaw(nginx.url, `GET /elsewhere HTTP/1.1\r\n${head}`)
    expect((await other.answer()).status).toBe(200)
    other.socket.destroy()
    expect(heard()).not.toContain('upgrade /elsewhere')
  })

  test('a session of long polling stays with its node, also when it becomes a websocket', async () => {
    const polled = new Set<string>()
    for (const query of ['', '', '&sid=a', '&sid=a', '&sid=a', '&sid=a']) {
      const { body } = await ask(`${nginx.url}/socket.io/?EIO=4&transport=polling${query}`)
      polled.add(JSON.parse(body).node)
    }
    polled.add(JSON.parse((await ask(`${nginx.url}/socket.io/?EIO=4&transport=websocket&sid=a`)).body).node)
    expect(polled.size).toBe(1)
  })

  test('the log of requests has no query in it', async () => {
    await ask(`${nginx.url}/looked-at?key=secret-word`)
    await until(async () => (await nginx.logs()).access.includes('/looked-at'), 'the line in the log')
    const { access } = await nginx.logs()
    expect(access).not.toContain('secret-word')
    for (const line of access.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('request_id')
  })
})

test('figures and health are for operators, however the address is spelled', async () => {
  const strict = await startNginx({ nodes: names(), watchSeconds: null, operators: '192.0.2.0/24' })
  try {
    for (const path of ['/metrics', '/METRICS', '/metrics/', '//metrics', '/%6detrics', '/health', '/Health/ready']) {
      const refused = await ask(strict.url + path)
      expect({ path, status: refused.status }).toEqual({ path, status: 404 })
      expect(problemSchema.parse(JSON.parse(refused.body))).toMatchObject({ reason: 'path-unknown' })
      expect((await ask(nginx.url + path)).status).toBe(200)
    }
    expect((await ask(`${strict.url}/healthy`)).status).toBe(200)
    expect((await ask(`${strict.url}/nginx-up`)).status).toBe(204)
  } finally {
    await strict.stop()
  }
})

describe('what goes wrong', () => {
  test('a body above 200 MB is refused with a problem like ours', async () => {
    const { socket, ...raw } = openRaw(
      nginx.url,
      'POST /api/v1/photos?x="y" HTTP/1.1\r\nHost: x\r\nX-Request-ID: big-1\r\nContent-Length: 209715201\r\n\r\n',
    )
    const { status, headers, body } = await raw.answer()
    socket.destroy()
    expect(status).toBe(413)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      'x-request-id': 'big-1',
    })
    expectProblem(body, 'body-too-large')
    expect(JSON.parse(body)).toMatchObject({ instance: '/api/v1/photos', request_id: 'big-1' })
  })

  test('what is no request, or too long a one, is refused with a problem like ours', async () => {
    const malformed = openRaw(nginx.url, 'HELLO\r\n\r\n')
    expectProblem((await malformed.answer()).body, 'http-malformed')
    const long = openRaw(nginx.url, `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`)
    expectProblem((await long.answer()).body, 'headers-too-large')
    const unheard = openRaw(nginx.url, 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n')
    expectProblem((await unheard.answer()).body, 'method-not-allowed')
    for (const { socket } of [malformed, long, unheard]) socket.destroy()
  })

  test('a POST that a node has heard is sent to no other when that node dies; a GET is', async () => {
    for (const node of nodes) {
      node.answer = (request) => request.on('data', () => {}).on('end', () => request.socket.destroy())
    }
    try {
      const post = await ask(`${nginx.url}/api/v1/video/generate`, { method: 'POST', body: 'x' })
      expect(heard().filter((each) => each === 'POST /api/v1/video/generate')).toHaveLength(1)
      expect(post).toMatchObject({ status: 502, headers: { 'retry-after': '5' } })
      expect(problemSchema.parse(JSON.parse(post.body))).toMatchObject({
        reason: 'no-node-answered',
        title: catalogue.NETWORK_ERROR.title,
        retryable: true,
        retry_after_seconds: 5,
        request_id: post.headers['x-request-id'],
      })
      await ask(`${nginx.url}/api/v1/video/gen_1`)
      expect(heard().filter((each) => each === 'GET /api/v1/video/gen_1')).toHaveLength(3)
    } finally {
      for (const node of nodes) node.answer = (request, response) => void echo(node.name, request, response)
    }
  })

  test('a node that cannot be reached costs no request, not even a POST', async () => {
    const [gone] = nodes
    const alone = await startNginx({ nodes: names(), watchSeconds: null })
    await gone.stop()
    try {
      const answers = await Promise.all(
        Array.from({ length: 24 }, (_, i) => ask(`${alone.url}/x`, { method: 'POST', body: String(i) })),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      expect(answers.map(({ body }) => JSON.parse(body).body)).toEqual(answers.map((_, i) => String(i)))
    } finally {
      await gone.start()
      await alone.stop()
    }
  })
})

describe('watch-nodes.sh', () => {
  const watchSeconds = 0.1

  test('leaves out who is not ready until it is again, but never everybody', async () => {
    const watched = await startNginx({ nodes: names(), watchSeconds })
    const [first, second, third] = nodes
    try {
      first.ready = false
      await nextList(watched, [second, third])
      first.heard.length = 0
      for (let i = 0; i < 12; i++) expect((await ask(`${watched.url}/`)).status).toBe(200)
      expect(first.heard).toEqual([])
      second.ready = false
      await nextList(watched, [third])
      third.ready = false
      await nextList(watched, [first, second, third])
      for (const node of nodes) node.ready = true
      expect((await ask(`${watched.url}/`)).status).toBe(200)
    } finally {
      for (const node of nodes) node.ready = true
      await watched.stop()
    }
  })

  test('nodes that stop and start again in turn lose no request', async () => {
    const watched = await startNginx({ nodes: names(), watchSeconds })
    let over = false
    const sent: string[] = []
    const answered: (number | string)[] = []
    const keepAsking = async () => {
      while (!over) {
        const body = `request-${sent.length}`
        sent.push(body)
        const answer = await ask(`${watched.url}/roll`, { method: 'POST', body }).catch(String)
        answered.push(typeof answer === 'string' ? answer : answer.status)
      }
    }
    for (const node of nodes) node.heard.length = 0
    const asking = [keepAsking(), keepAsking(), keepAsking()]
    try {
      for (const node of nodes) {
        node.ready = false
        await nextList(
          watched,
          nodes.filter((each) => each !== node),
        )
        await node.stop()
        node.ready = true
        await node.start()
        await nextList(watched, nodes)
      }
    } finally {
      over = true
      await Promise.all(asking)
      await watched.stop()
    }
    expect(answered.filter((status) => status !== 200)).toEqual([])
    expect(heard().filter((each) => each === 'POST /roll')).toHaveLength(sent.length)
    expect(sent.length).toBeGreaterThan(20)
  })
})

/** That nginx has this list: whoever is in it was asked again after it was written, and so after nginx was told. */
async function nextList(watched: Nginx, expected: readonly Node[]): Promise<void> {
  const wanted = expected.map(({ name }) => name).join()
  await until(async () => (await watched.live()).join() === wanted, `the list ${wanted}`)
  const asked = expected.map((node) => node.asked)
  await until(() => expected.every((node, i) => node.asked > asked[i]!), 'another round')
}

/** Nodes of sixteen requests in a row of one of nginx's workers: each counts for itself. One connection is one worker's. */
async function oneWorker({ url }: Nginx): Promise<readonly string[]> {
  const kept = new Agent({ keepAlive: true, maxSockets: 1 })
  const seen: string[] = []
  for (let i = 0; i < 16; i++) {
    const sent = httpRequest(url, { agent: kept }).end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    seen.push(JSON.parse(await text(response)).node)
  }
  kept.destroy()
  return seen
}

/** A problem that a node could have said: the reason, its code and its status are in the list that the API documents. */
function expectProblem(body: string, reason: keyof typeof reasons): void {
  const problem = problemSchema.parse(JSON.parse(body))
  const { code, status } = reasons[reason]
  expect(problem).toMatchObject({ reason, code, status, title: catalogue[code].title })
}
