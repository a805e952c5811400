import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { VendorFailure } from '../../../src/errors.ts'
import type { FileRequest } from '../../../src/network/fetch-file.ts'
import { createOutbound } from '../../../src/network/outbound.ts'
import { useManualTimers } from '../../support/manual-timers.ts'
import { deadUrl, type HttpServer, type OpenServer, openHttpServer, openTcpServer } from '../../support/open-server.ts'

const canary = 'canary-77aa-secret'
let folder: string
const logged: string[] = []
const opened: OpenServer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-file-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(async () => {
  jest.useRealTimers()
  for (const server of opened.splice(0)) await server.close()
  // Nothing half is left by any failure.
  expect(await readdir(folder)).toEqual([])
})

async function open<T extends OpenServer>(server: Promise<T>): Promise<T> {
  const started = await server
  opened.push(started)
  return started
}

const serve = (answer: RequestListener): Promise<HttpServer> => open(openHttpServer(answer))

/** A resolver by a list, that counts what it is asked. */
function names(list: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = []
  const resolve = async (host: string) => {
    asked.push(host)
    const found = list[host]
    if (!found) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { resolve, asked }
}

interface Given extends Partial<FileRequest> {
  readonly allow?: readonly string[]
  readonly resolve?: ReturnType<typeof names>['resolve']
}

function fetching(url: string, { allow = [], resolve, ...more }: Given = {}) {
  const outbound = createOutbound({
    allowHosts: allow,
    userAgent: 'talking-photo/test',
    ...(resolve && { resolve }),
    log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
  })
  return outbound.fetchFile({
    url,
    to: join(folder, 'video.mp4'),
    maxBytes: 1_000_000,
    timeoutMs: 10_000,
    idleTimeoutMs: 5_000,
    signal: new AbortController().signal,
    ...more,
  })
}

async function faultOf(
  work: Promise<unknown>,
): Promise<{ fault: string; why: string; vendorStatus: number | undefined }> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    expect(JSON.stringify([each.message, each.stack, { ...each }])).not.toContain(canary)
  }
  return { fault: error.fault, why: String(error.cause), vendorStatus: error.vendorStatus }
}

/** Takes the file away again and answers its bytes. */
async function taken(): Promise<Buffer> {
  const bytes = await readFile(join(folder, 'video.mp4'))
  await rm(join(folder, 'video.mp4'))
  return bytes
}

describe('fetching a file', () => {
  it('writes it to disk and answers its length and type, without any credential', async () => {
    const film = Buffer.alloc(300_000, 7)
    const server = await serve((_, response) => response.writeHead(200, { 'content-type': 'video/mp4' }).end(film))
    const allow = [`127.0.0.1:${server.port}`]
    expect(await fetching(`${server.url}/v.mp4?sig=${canary}`, { allow })).toEqual({
      bytes: 300_000,
      contentType: 'video/mp4',
    })
    expect((await taken()).equals(film)).toBe(true)
    const { headers, url } = server.requests[0]!
    expect(url).toBe(`/v.mp4?sig=${canary}`)
    expect(Object.keys(headers).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent'])
  })

  it('logs from where and how much, not the address', async () => {
    const server = await serve((_, response) => response.end('film'))
    logged.length = 0
    await fetching(`${server.url}/${canary}/v.mp4?sig=${canary}`, { allow: ['127.0.0.1'] })
    await taken()
    expect(logged).toEqual([expect.stringContaining('"bytes":4')])
    expect(logged.join()).toContain(`127.0.0.1:${server.port}`)
    expect(logged.join()).not.toContain(canary)
  })

  it('unpacks what comes packed', async () => {
    const server = await serve((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(5_000, 1))),
    )
    expect((await fetching(server.url, { allow: ['127.0.0.1'] })).bytes).toBe(5_000)
    expect(await taken()).toHaveLength(5_000)
  })

  it('overwrites nothing and leaves what was there', async () => {
    const server = await serve((_, response) => response.end('film'))
    await writeFile(join(folder, 'video.mp4'), 'mine')
    await expect(fetching(server.url, { allow: ['127.0.0.1'] })).rejects.toMatchObject({ code: 'EEXIST' })
    expect(String(await taken())).toBe('mine')
  })
})

describe('a URL from outside', () => {
  it.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://0/',
    'https://10.0.0.8/',
    'https://169.254.169.254/latest/meta-data',
    'https://192.168.0.1/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://100.100.100.200/',
    'https://１２７.0.0.1/',
  ])('is not fetched from an address that is not public: %s', async (url) => {
    expect(await faultOf(fetching(`${url}?${canary}`))).toMatchObject({
      fault: 'bad-output',
      why: expect.stringContaining('is not on the public internet'),
    })
  })

  it.each([
    'http://files.example/a',
    'ftp://files.example/a',
    'file:///etc/passwd',
    'data:video/mp4;base64,AAAA',
    'blob:https://files.example/1',
    'javascript:1',
    'gopher://files.example/',
    'unix:/var/run/docker.sock',
  ])('is fetched over https only: %s', async (url) => {
    const { resolve, asked } = names({ 'files.example': ['93.184.215.14'] })
    expect(await faultOf(fetching(url, { resolve }))).toMatchObject({
      fault: 'bad-output',
      why: expect.stringContaining('only https:'),
    })
    expect(asked).toEqual([])
  })

  it.each(['', 'nonsense', '//files.example/a', 'https://', 'https://a b/', 'https://[::1'])(
    'must be one: %j',
    async (url) => {
      expect(await faultOf(fetching(url))).toMatchObject({ fault: 'bad-output' })
    },
  )

  it('has no credentials in it', async () => {
    expect((await faultOf(fetching(`https://me:${canary}@files.example/a`))).why).toContain('credentials')
  })

  it('is refused when one of the addresses behind its name is not public', async () => {
    const { resolve } = names({ 'files.example': ['93.184.215.14', '10.0.0.8'] })
    expect((await faultOf(fetching('https://files.example/a', { resolve }))).why).toContain('not on the public')
  })

  it('whose name nobody has cannot be reached', async () => {
    const { resolve } = names({})
    expect((await faultOf(fetching('https://files.example/a', { resolve }))).fault).toBe('unreachable')
  })

  it('whose name is resolved too slowly cannot be reached', async () => {
    const advance = useManualTimers()
    const resolve = () => {
      setImmediate(() => advance(10_000))
      return new Promise<never>(() => {})
    }
    expect((await faultOf(fetching('https://files.example/a', { resolve }))).fault).toBe('unreachable')
  })

  it('is resolved once, and the connection goes where the check looked', async () => {
    const server = await serve((_, response) => response.end('film'))
    let answers = 0
    // First the server; whoever asks a second time is sent elsewhere.
    const resolve = async () => [{ address: answers++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    const url = `http://files.example:${server.port}/a`
    expect((await fetching(url, { resolve, allow: [`files.example:${server.port}`] })).bytes).toBe(4)
    expect(answers).toBe(1)
    expect(server.requests[0]!.headers.host).toBe(`files.example:${server.port}`)
    await taken()
  })

  it('may be private and plain where its host, or host and port, are allow-listed; not on another port', async () => {
    const server = await serve((_, response) => response.end('film'))
    for (const allow of [
      ['127.0.0.1'],
      [`127.0.0.1:${server.port}`],
      ['other.example', ` 127.0.0.1:${server.port} `],
    ]) {
      expect((await fetching(server.url, { allow })).bytes).toBe(4)
      await taken()
    }
    for (const allow of [['127.0.0.1:1'], ['127.0.0.2'], ['7.0.0.1'], []]) {
      expect((await faultOf(fetching(server.url, { allow }))).fault).toBe('bad-output')
    }
    expect(server.requests).toHaveLength(3)
  })

  it('is never anything but http where it is allow-listed', async () => {
    expect((await faultOf(fetching('ftp://127.0.0.1/a', { allow: ['127.0.0.1'] }))).fault).toBe('bad-output')
  })
})

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('is followed, also a relative one: %d', async (status) => {
    const server = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(status, { location: '../b?x=1' }).end('elsewhere')
      else response.end('film')
    })
    expect((await fetching(`${server.url}/a`, { allow: ['127.0.0.1'] })).bytes).toBe(4)
    expect(server.requests.map(({ url }) => url)).toEqual(['/a', '/b?x=1'])
    await taken()
  })

  it('is followed three times, not four', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url!.slice(1))
      if (left > 0) response.writeHead(302, { location: `/${left - 1}` }).end()
      else response.end('film')
    })
    const allow = ['127.0.0.1']
    expect((await fetching(`${server.url}/3`, { allow })).bytes).toBe(4)
    await taken()
    expect((await faultOf(fetching(`${server.url}/4`, { allow }))).why).toContain('more than 3 redirects')
  })

  it('is checked like the first: not into the private network, not to plain http, not to a name that stands for it', async () => {
    const inner = await serve((_, response) => response.end('the secrets of the house'))
    const { resolve } = names({ 'front.example': ['127.0.0.1'], 'inner.example': ['127.0.0.1'] })
    for (const location of [
      inner.url,
      `https://127.0.0.1:${inner.port}/`,
      `http://inner.example:${inner.port}/`,
      `https://inner.example:${inner.port}/`,
      'file:///etc/passwd',
      `//inner.example:${inner.port}/`,
      'http://[::1',
    ]) {
      const front = await serve((_, response) => response.writeHead(302, { location }).end())
      const url = `http://front.example:${front.port}/a`
      const { fault } = await faultOf(fetching(url, { resolve, allow: [`front.example:${front.port}`] }))
      expect([location, fault]).toEqual([location, 'bad-output'])
    }
    expect(inner.requests).toHaveLength(0)
  })

  it('without a place to go is no file', async () => {
    const server = await serve((_, response) => response.writeHead(302).end())
    expect(await faultOf(fetching(server.url, { allow: ['127.0.0.1'] }))).toMatchObject({
      fault: 'bad-output',
      vendorStatus: 302,
    })
  })
})

describe('a file that cannot be had', () => {
  const allow = ['127.0.0.1']

  it.each([204, 206, 304, 401, 403, 404, 410, 429, 500, 503])('is told with its status: %d', async (status) => {
    const server = await serve((_, response) => response.writeHead(status).end())
    expect(await faultOf(fetching(server.url, { allow }))).toMatchObject({ fault: 'bad-output', vendorStatus: status })
  })

  it('is empty', async () => {
    const server = await serve((_, response) => response.end())
    expect((await faultOf(fetching(server.url, { allow }))).fault).toBe('bad-output')
  })

  it('says that it is too large', async () => {
    const server = await serve((_, response) => response.writeHead(200, { 'content-length': 1_000_001 }).write('x'))
    expect((await faultOf(fetching(server.url, { allow }))).why).toContain('larger than 1000000 bytes')
  })

  it('is too large without saying so, and is broken off', async () => {
    let sent = 0
    const server = await serve((_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536
        response.once('drain', pour)
      }
      pour()
    })
    expect((await faultOf(fetching(server.url, { allow }))).why).toContain('larger than')
    expect(sent).toBeLessThan(30_000_000)
  })

  it('unpacks to more than allowed', async () => {
    const bomb = gzipSync(Buffer.alloc(100_000_000))
    const server = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    expect((await faultOf(fetching(server.url, { allow }))).why).toContain('larger than')
  })

  it('is shorter than it said', async () => {
    const server = await open(
      openTcpServer(
        (socket) => void socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfilm')),
      ),
    )
    expect((await faultOf(fetching(server.url, { allow }))).fault).toBe('cut-off')
  })

  it('falls silent', async () => {
    const advance = useManualTimers()
    const server = await serve((_, response) => {
      response.write('film')
      const whenWritten = async () => {
        const [file] = await readdir(folder)
        if (file && (await stat(join(folder, file))).size === 4) advance(5_000)
        else setImmediate(whenWritten)
      }
      void whenWritten()
    })
    const { fault, why } = await faultOf(fetching(server.url, { allow }))
    expect([fault, why]).toEqual(['cut-off', expect.stringContaining('time of silence of 5000 ms')])
  })

  it('drips past the deadline', async () => {
    const advance = useManualTimers()
    const server = await serve((_, response) => {
      const drip = setInterval(() => {
        response.write('x')
        advance(1_000)
      }, 1)
      response.once('close', () => clearInterval(drip))
    })
    const { fault, why } = await faultOf(fetching(server.url, { allow, idleTimeoutMs: 60_000 }))
    expect([fault, why]).toEqual(['cut-off', expect.stringContaining('time for the answer')])
  })

  it('is redirected past the deadline, which is one for all', async () => {
    const advance = useManualTimers()
    const server = await serve((_, response) => {
      advance(6_000)
      response.writeHead(302, { location: '/again' }).end()
    })
    expect((await faultOf(fetching(server.url, { allow, idleTimeoutMs: 60_000 }))).fault).toBe('cut-off')
    expect(server.requests).toHaveLength(2)
  })

  it('is at a host that is down', async () => {
    expect((await faultOf(fetching(`${await deadUrl()}/v?sig=${canary}`, { allow }))).fault).toBe('unreachable')
  })

  it('is no longer wanted', async () => {
    const controller = new AbortController()
    const reason = new Error('cancelled')
    const server = await serve((_, response) => {
      response.write('film')
      setImmediate(() => controller.abort(reason))
    })
    await expect(fetching(server.url, { allow, signal: controller.signal })).rejects.toBe(reason)
    await expect(fetching(server.url, { allow, signal: controller.signal })).rejects.toBe(reason)
    expect(server.requests).toHaveLength(1)
  })
})
