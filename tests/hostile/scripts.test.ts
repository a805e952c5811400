/** What strangers write as a script, against a real server: refused with a reason, or taken as words and nothing else. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { problemSchema } from '../../src/http/schemas/problem.ts'
import { generate, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { makeDataDir, runServer, type TestServer } from '../support/run-server.ts'

let data: Awaited<ReturnType<typeof makeDataDir>>
let server: TestServer
let photoId: string

beforeAll(async () => {
  data = await makeDataDir()
  server = await runServer(data.path, { MAX_QUEUED: '1000' })
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(await readFile(demoPortrait))]), 'a.jpg')
  const kept = await fetch(`${server.url}/api/v1/photos`, { method: 'POST', body: form })
  photoId = ((await kept.json()) as { id: string }).id
}, 180_000)
afterAll(async () => {
  await server.stop()
  await data.remove()
})

type Answer = 'taken' | 'unspeakable' | readonly [status: number, reason: string]

/** No letters, or letters that no voice reads: which of the two reasons depends on the voices that are there. */
const unspeakable: Answer = 'unspeakable'
const invalid: Answer = [422, 'field-invalid']
const missing: Answer = [422, 'field-missing']
const tooLong: Answer = [422, 'script-too-long']

const scripts: readonly (readonly [name: string, script: string, answer: Answer])[] = [
  ['nothing', '', missing],
  ['blanks', ' \t\n\u3000 ', missing],
  ['emoji', '🙂🙃👨‍👩‍👧🇫🇷', unspeakable],
  ['marks', '?!... --- ***', unspeakable],
  ['zero-width characters', '\u200b\u200c\u200d\u2060', unspeakable],
  ['bidi controls', '\u202e\u2066\u2069\u200f', unspeakable],
  ['words between bidi controls', '\u202eevil\u202c and \u2066good\u2069.', 'taken'],
  ['words full of zero-width characters', 'h\u200be\u200bl\u200bl\u200bo', 'taken'],
  ['NUL', 'a\0b', invalid],
  ['half a character', 'a\ud800b', invalid],
  ['the other half', '\udc00', invalid],
  ['a character that was lost', 'a\ufffdb', invalid],
  ['control characters', 'a\x07b\x08c\x1b[31mred\x7f', 'taken'],
  ['SSML', '<speak>Hi <break time="600s"/><audio src="file:///etc/passwd"/></speak>', 'taken'],
  ['SQL', "Robert'); DROP TABLE generations;--", 'taken'],
  ['a web page', '<script>alert(document.cookie)</script><img src=x onerror=alert(1)> Hello.', 'taken'],
  ['options of a program', '-o /etc/passwd --voice file:///etc/passwd -t x', 'taken'],
  ['options of an encoder', "drawtext=textfile=/etc/passwd:x=1,movie='http://127.0.0.1/'", 'taken'],
  ['a way up', '../../../../etc/passwd', 'taken'],
  ['places for values', '%s %n %d {{7*7}} #{1} $(id) `id`', 'taken'],
  ['a shell', '"; rm -rf / #', 'taken'],
  ['quotes that do not end', '"\'`\u201c\u00ab hello', 'taken'],
  ['ligatures and wide letters', 'ﬁne ｈｅｌｌｏ', 'taken'],
  ['a word of 20000 vowels', 'a'.repeat(20_000), tooLong],
  ['a word of 20000 letters', 'abcdefghijklmnopqrst'.repeat(1_000), tooLong],
  ['20000 consonants', 'x'.repeat(20_000), tooLong],
  ['20000 digits', '1'.repeat(20_000), [422, 'script-not-speakable']],
  ['10000 lines', 'a\n'.repeat(10_000), tooLong],
  ['20000 characters of one too many', 'x'.repeat(20_001), invalid],
  ['20000 dots', `${'.'.repeat(19_990)} Hello.`, 'taken'],
  ['20000 blanks', `Hello${' '.repeat(19_980)}there.`, 'taken'],
  ['10000 empty lines', `Hello${'\n \n'.repeat(6_600)}there.`, 'taken'],
  ['20000 narrow blanks', `Hello${'\u00a0\u2009'.repeat(9_990)}there.`, 'taken'],
  ['20000 dashes', `Hello${'-'.repeat(19_980)}there.`, 'taken'],
  ['10000 dashes in blanks', `Hello${' - '.repeat(6_600)}there.`, 'taken'],
  ['a pile of accents', `H${'\u0301'.repeat(5_000)}ello.`, 'taken'],
  ['decomposed accents', 'cafe\u0301 nai\u0308ve', 'taken'],
]

async function post(script: unknown): Promise<Response> {
  return fetch(`${server.url}/api/v1/video/generate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ photo_id: photoId, script, language: 'en', quality: 'economy', consent: true }),
  })
}

describe('a hostile script', () => {
  it.each(scripts)('has its answer: %s', async (_, script, answer) => {
    const response = await post(script)
    const body: unknown = await response.json()
    if (answer === 'taken') {
      expect({ status: response.status, body }).toMatchObject({ status: 202 })
      const { links } = body as { links: { self: string } }
      await fetch(server.url + links.self, { method: 'DELETE' })
      return
    }
    const problem = problemSchema.parse(body)
    expect(problem.hint).toBeTruthy()
    if (answer === 'unspeakable') {
      expect(problem.status).toBe(422)
      expect(['script-not-speakable', 'language-unsupported']).toContain(problem.reason)
    } else expect([problem.status, problem.reason]).toEqual(answer)
  })

  it.each([
    ['plain', {}],
    ['packed', { 'Content-Encoding': 'gzip' }],
  ])('of 10 MB is refused as JSON: %s', async (_, headers) => {
    const { gzipSync } = await import('node:zlib')
    const text = JSON.stringify({ photo_id: photoId, script: 'a'.repeat(10_000_000), consent: true })
    const body = 'Content-Encoding' in headers ? gzipSync(text) : text
    const response = await fetch(`${server.url}/api/v1/video/generate`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    })
    expect(problemSchema.parse(await response.json())).toMatchObject({ status: 413, reason: 'body-too-large' })
  })

  it('of 10 MB is refused as a form', async () => {
    const form = new FormData()
    form.set('script', 'a'.repeat(10_000_000))
    const response = await fetch(`${server.url}/api/v1/video/generate`, { method: 'POST', body: form })
    expect(problemSchema.parse(await response.json())).toMatchObject({ status: 413, reason: 'field-too-large' })
  })

  it('is spoken as words when it looks like orders', async () => {
    const script = 'Say <break time="600s"/> -o /etc/passwd, %s and \'); DROP TABLE works;--'
    const { id } = await generate(server.url, demoPortrait, { script, quality: 'economy' })
    const events = await watch(server.url, id)
    expect(events.at(-1)?.type).toBe('completed')
    const film = (await (await fetch(`${server.url}/api/v1/video/${id}`)).json()) as { output: { seconds: number } }
    expect(film.output.seconds).toBeLessThan(30)
  }, 180_000)
})
