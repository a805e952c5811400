/** The media port: finished files at addresses of their own, for a day, without credentials. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { FileDefect } from './fault.ts'
import type { FaultBook } from './fault-book.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import type { Records } from './records.ts'
import { type SimulatorClock, wait } from './simulator-clock.ts'

export interface MediaFilesOptions {
  readonly clock: SimulatorClock
  readonly jobs: Jobs
  readonly faults: FaultBook
  readonly records: Records
  /** The job whose film or thumbnail lies at that path (with query), or null; `isExpired`: the address is no longer good. */
  readonly find: (url: string) => { readonly job: Job; readonly isVideo: boolean; readonly isExpired?: boolean } | null
  /** Where `redirect` leads: an address of the API, which asks for a key that must not come. */
  readonly redirectTo: () => string
}

const livesMs = 24 * 60 * 60 * 1000
const credentialHeaders = [
  'authorization',
  'cookie',
  'x-api-key',
  'x-goog-api-key',
  'xi-api-key',
  'proxy-authorization',
]
const slowChunkBytes = 16 * 1024
const slowPauseMs = 500

/** Answers GET for the files of jobs. */
export function createMediaFiles({ clock, jobs, faults, records, find: findFile, redirectTo }: MediaFilesOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const plain = (status: number, text: string, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(text)
    const found = findFile(request.url ?? '/')
    const isVideo = found?.isVideo ?? false
    records.count(isVideo ? 'GET video' : 'GET thumbnail')
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' })

    const job = found?.job
    const fault = faults.wire('media', job?.id ?? '', job?.wireFaults ?? [])?.wire
    if (fault?.kind === 'http') return plain(fault.status, fault.code)
    if (fault?.kind === 'silence') return
    if (fault?.kind === 'cut' && fault.when === 'before') return void request.socket.destroy()

    const state = job && jobs.stateOf(job)
    const files = state?.status === 'completed' ? await job?.files : null
    const defect = job && isVideo ? find(job.effects, 'file')?.defect : undefined
    if (!job || !files || defect === 'missing') return plain(404, 'There is no such file.')
    const isOld = found?.isExpired ?? clock.now().getTime() > (state?.endedMs ?? 0) + livesMs
    if (defect === 'expired' || isOld) return plain(403, 'The address has expired.')
    const type = isVideo ? 'video/mp4' : 'image/jpeg'
    const cutsHalfway = fault?.kind === 'cut' || fault?.kind === 'broken-json'
    const file = isVideo ? files.video : files.thumbnail
    return serveFile({ request, response, file, type, cutsHalfway, defect, clock, redirectTo })
  }
}

export interface FileToServe {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly file: string
  readonly type: string
  readonly cutsHalfway?: boolean
  /** What is wrong with how it is served. */
  readonly defect?: FileDefect | undefined
  readonly clock: SimulatorClock
  readonly redirectTo: () => string
}

/** A file with ranges, or as its defect has it. */
export async function serveFile(serving: FileToServe): Promise<void> {
  const { request, response, file, type, cutsHalfway = false, defect, clock, redirectTo } = serving
  switch (defect) {
    case 'html':
      return void response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<html><body>Please sign in.</body></html>')
    case 'empty':
      return void response.writeHead(200, { 'Content-Type': type, 'Content-Length': 0 }).end()
    case 'redirect':
      return void response.writeHead(302, { Location: redirectTo() }).end()
    case 'endless':
      return sendEndless(response, type)
    case 'slow':
      return sendSlowly(response, file, type, clock)
    default:
      return sendFile(request, response, { file, type, cutsHalfway })
  }
}

/** Where a credential came: one of the headers made for it, or the key itself, wherever it hides. */
export function findCredential({ headers, url = '' }: IncomingMessage, key: string): string | undefined {
  const named = credentialHeaders.find((name) => headers[name] !== undefined)
  if (named) return `header ${named}`
  if (url.includes(key)) return 'url'
  const carrier = Object.entries(headers).find(([, value]) => String(value).includes(key))
  return carrier && `header ${carrier[0]}`
}

/** What a hostile answer may carry: an address inside the network of whoever believes it. */
export const elsewhere = 'http://169.254.169.254/latest/meta-data/'

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { file, type, cutsHalfway }: { file: string; type: string; cutsHalfway: boolean },
): Promise<void> {
  const { size } = await stat(file)
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = range ? Number(range[1]) : 0
  const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1)
  if (start > end) return void response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end()
  response.writeHead(range ? 206 : 200, {
    'Content-Type': type,
    'Content-Length': end - start + 1,
    'Accept-Ranges': 'bytes',
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  })
  if (request.method === 'HEAD') return void response.end()
  if (!cutsHalfway) return pipeline(createReadStream(file, { start, end }), response).catch(() => {})
  const half = createReadStream(file, { start, end: start + Math.floor((end - start) / 2) })
  for await (const chunk of half) response.write(chunk)
  // Written bytes are let go first: a client is to see half a file, not none.
  response.write('', () => response.destroy())
}

async function sendSlowly(response: ServerResponse, file: string, type: string, clock: SimulatorClock): Promise<void> {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': (await stat(file)).size })
  for await (const chunk of createReadStream(file, { highWaterMark: slowChunkBytes })) {
    if (response.destroyed) return
    response.write(chunk)
    await wait(clock, slowPauseMs)
  }
  response.end()
}

/** As fast as the client reads, until it stops. */
async function sendEndless(response: ServerResponse, type: string): Promise<void> {
  response.writeHead(200, { 'Content-Type': type })
  const block = Buffer.alloc(256 * 1024)
  const zeros = async function* () {
    while (!response.destroyed) yield block
  }
  await pipeline(zeros, response).catch(() => {})
}
