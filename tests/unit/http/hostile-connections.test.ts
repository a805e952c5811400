/** Bodies and connections that want to cost more than they should. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { problemSchema } from '../../../src/http/schemas/problem.ts'
import { openRaw, type RawAnswer } from '../../support/raw-http.ts'
import { type RunningApp, startApp, until } from './support.ts'

let app: RunningApp
afterEach(async () => {
  await until(async () => (await app.leftovers()).length === 0)
  await app.stop()
})

const generate = 'POST /api/v1/video/generate HTTP/1.1\r\nHost: x\r\n'
const chunkedForm = `${generate}Content-Type: multipart/form-data; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n`
const photoPart = '--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
const chunk = (bytes: string) => `${Buffer.byteLength(bytes, 'latin1').toString(16)}\r\n${bytes}\r\n`

function problemIn({ status, headers, body }: RawAnswer) {
  const problem = problemSchema.parse(JSON.parse(body))
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(problem).toMatchObject({ status, request_id: headers['x-request-id'], hint: expect.stringMatching(/./) })
  return { status, reason: problem.reason }
}

/** Writes for as long as the connection takes it. */
function pourForEver(connection: ReturnType<typeof openRaw>, bytes: string): void {
  const { socket } = connection
  const pour = () => {
    while (socket.writable && socket.write(bytes, 'latin1'));
  }
  socket.on('drain', pour)
  pour()
}

describe('a body that does not end', () => {
  it.each([
    ['one photo', photoPart, 'x'.repeat(60_000), 413, 'photo-too-large'],
    ['field after field', '', '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n', 400, 'too-many-fields'],
    [
      'one field',
      '--b\r\nContent-Disposition: form-data; name="script"\r\n\r\n',
      'x'.repeat(60_000),
      413,
      'photo-too-large',
    ],
    [
      'a file that nobody asked for',
      '--b\r\nContent-Disposition: form-data; name="x"; filename="x"\r\n\r\n',
      'x'.repeat(60_000),
      413,
      'photo-too-large',
    ],
    ['lines before the first part', '', 'x'.repeat(60_000), 413, 'photo-too-large'],
    ['lines behind the last part', `${photoPart}photo\r\n--b--\r\n`, 'x'.repeat(60_000), 413, 'photo-too-large'],
  ])('is answered in the middle, and the connection ends: %s', async (_, start, more, status, reason) => {
    app = await startApp()
    const connection = openRaw(app.url, chunkedForm, ...(start ? [chunk(start)] : []))
    pourForEver(connection, chunk(more))
    const answer = await connection.answer()
    expect(problemIn(answer)).toEqual({ status, reason })
    expect(answer.headers.connection).toBe('close')
    await connection.closed()
  })

  it('ends the connection also where nobody reads bodies', async () => {
    app = await startApp()
    const connection = openRaw(app.url, 'GET /health/live HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    pourForEver(connection, chunk('x'.repeat(60_000)))
    expect((await connection.answer()).status).toBe(200)
    await connection.closed()
  })

  it('is refused by its announced length alone', async () => {
    app = await startApp()
    const form = 'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 209715201\r\n\r\n'
    const connection = openRaw(app.url, generate, form)
    expect(problemIn(await connection.answer())).toEqual({ status: 413, reason: 'photo-too-large' })
    await connection.closed()
  })

  it('is not even asked for when the client waits to be asked', async () => {
    app = await startApp()
    const form =
      'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 209715201\r\nExpect: 100-continue\r\n\r\n'
    const connection = openRaw(app.url, generate, form)
    let text = ''
    connection.socket.on('data', (data) => {
      text += data
    })
    expect(problemIn(await connection.answer())).toEqual({ status: 413, reason: 'photo-too-large' })
    expect(text).not.toContain('100 Continue')
    await connection.closed()
  })
})

describe('a client that waits to be asked for its body', () => {
  it.each([
    [
      'multipart/form-data; boundary=b',
      `${photoPart}photo\r\n--b\r\nContent-Disposition: form-data; name="script"\r\n\r\nHi.\r\n--b--\r\n`,
    ],
    ['application/json', '{"photo_id":"pho_9","script":"Hi."}'],
  ])('is asked, once: %s', async (type, body) => {
    app = await startApp()
    app.heart.photos.set('pho_9', { ...(await import('../../doubles/use-cases.ts')).makePhoto({ id: 'pho_9' }) })
    const head = `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`
    const connection = openRaw(app.url, generate, head)
    let text = ''
    connection.socket.on('data', (data) => {
      text += data
    })
    await until(() => text !== '')
    expect(text).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    connection.socket.write(body)
    expect((await connection.answer()).status).toBe(202)
  })

  it('is told when it expects something else', async () => {
    app = await startApp()
    const connection = openRaw(app.url, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\n\r\n')
    expect(problemIn(await connection.answer())).toEqual({ status: 417, reason: 'expectation-unknown' })
  })
})

describe('a client that hardly sends', () => {
  it.each([
    ['a form', chunkedForm, chunk(photoPart), chunk('x'), 'upload-too-slow'],
    [
      'JSON',
      `${generate}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
      chunk('{'),
      chunk(' '),
      'upload-too-slow',
    ],
    ['headers', generate, 'X-A: b\r\n', 'X-A: b\r\n', 'request-too-slow'],
    ['nothing at all of a body', chunkedForm, '', '', 'upload-too-slow'],
  ])('is answered and left: %s', async (_, head, start, drop, reason) => {
    app = await startApp({ uploadPatienceMs: 300 }, { headersMs: 300 })
    const connection = openRaw(app.url, head, start)
    const dripping = setInterval(() => {
      if (connection.socket.writable) connection.socket.write(drop)
    }, 20)
    try {
      expect(problemIn(await connection.answer())).toEqual({ status: 408, reason })
      await connection.closed()
    } finally {
      clearInterval(dripping)
    }
  })
})

describe('what is no HTTP', () => {
  const plain = 'Content-Type: application/json\r\n'
  it.each([
    ['noise', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 400, 'http-malformed'],
    ['an unknown method', 'SPEAK / HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'http-malformed'],
    ['a request without a host', 'GET / HTTP/1.1\r\n\r\n', 400, null],
    ['a header of 20 KB', `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'headers-too-large'],
    [
      'ten thousand headers',
      `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`,
      431,
      'headers-too-large',
    ],
    ['an address of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431, 'headers-too-large'],
    ['a header with NUL', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n', 400, 'http-malformed'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n', 400, 'http-malformed'],
    [
      'a length and chunks',
      `${generate}${plain}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n`,
      400,
      'http-malformed',
    ],
    ['two lengths', `${generate}${plain}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `, 400, 'http-malformed'],
    ['a negative length', `${generate}${plain}Content-Length: -1\r\n\r\n`, 400, 'http-malformed'],
    ['a length in words', `${generate}${plain}Content-Length: 2,2\r\n\r\n{}`, 400, 'http-malformed'],
    [
      'chunks that are not the last coding',
      `${generate}${plain}Transfer-Encoding: chunked, identity\r\n\r\n{}`,
      400,
      'http-malformed',
    ],
    [
      'chunked in disguise',
      `${generate}${plain}Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
      400,
      'http-malformed',
    ],
    [
      'a blank before the colon',
      `${generate}${plain}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
      400,
      'http-malformed',
    ],
    [
      'a chunk size that is none',
      `${generate}${plain}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      400,
      'http-malformed',
    ],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n', 400, 'http-malformed'],
  ])('is refused, once, and the connection ends: %s', async (_, text, status, reason) => {
    app = await startApp()
    const answers = await openRaw(app.url, text).closed()
    expect(answers.map((answer) => answer.status)).toEqual([status])
    if (reason) expect(problemIn(answers[0]!)).toEqual({ status, reason })
    expect(app.heart.requests).toEqual([])
  })
})

describe('too many connections', () => {
  it('are closed unanswered, and the ones inside go on', async () => {
    app = await startApp({}, { maxConnections: 2 })
    const get = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n'
    const inside = [openRaw(app.url, get), openRaw(app.url, get)]
    for (const connection of inside) expect((await connection.answer()).status).toBe(200)
    expect(await openRaw(app.url, get).closed()).toEqual([])
    inside[0]!.socket.write(get)
    expect((await inside[0]!.answer()).status).toBe(200)
    for (const { socket } of inside) socket.destroy()
  })
})
