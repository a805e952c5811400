/** The media port: finished files at addresses of their own, for a day, without credentials; whoever brings one has leaked it. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { FaultBook } from './fault-book.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import type { Records } from './records.ts'
import { type SimulatorClock, wait } from './simulator-clock.ts'

export interface MediaFilesOptions {
  /** The API's key, to know it wherever it is sent. */
  readonly key: string
  readonly clock: SimulatorClock
  readonly jobs: Jobs
  readonly faults: FaultBook
  readonly records: Records
  /** Where `redirect` leads: an address of the API, which asks for a key that must not come. */
  readonly redirectTo: () => string
}

const livesMs = 24 * 60 * 60 * 1000
const credentialHeaders = ['authorization', 'cookie', 'x-api-key', 'proxy-authorization']
const slowChunkBytes = 16 * 1024
const slowPauseMs = 500

export function createMediaFiles({ key, clock, jobs, faults, records, redirectTo }: MediaFilesOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?', 1)[0]!
    const line = `${request.method} ${path}`
    const plain = (status: number, text: string, headers: Record<string, string> = {}) =>
      void response.writeHead(status, { 'Content-Type': 'text/plain', ...headers }).end(text)

    const leaked = findCredential(request, key)
    if (leaked) {
      records.leak({ at: clock.now().toISOString(), request: line.replaceAll(key, '***'), where: leaked })
      return plain(400, 'A credential has no business here.')
    }
    const match = /^\/(videos\/generated|thumbnails\/thumb)_([\w-]{1,128})\.(mp4|jpg)$/.exec(path)
    const isVideo = match?.[3] === 'mp4'
    const job = match && isVideo === match[1]!.startsWith('videos') ? jobs.get(match[2]!) : undefined
    records.count(isVideo ? 'GET video' : 'GET thumbnail')
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return plain(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' })

    const fault = faults.wire('media', job?.id ?? '', job?.wireFaults ?? [])?.wire
    if (fault?.kind === 'http') return plain(fault.status, fault.code)
    if (fault?.kind === 'silence') return
    if (fault?.kind === 'cut' && fault.when === 'before') return void request.socket.destroy()

    const state = job && jobs.stateOf(job)
    const files = state?.status === 'completed' ? await job?.files : null
    const defect = job && isVideo ? find(job.effects, 'file')?.defect : undefined
    if (!job || !files || defect === 'missing') return plain(404, 'There is no such file.')
    if (defect === 'expired' || clock.now().getTime() > (state?.endedMs ?? 0) + livesMs)
      return plain(403, 'The address has expired.')
    if (defect === 'html') {
      return void response
        .writeHead(200, { 'Content-Type': 'text/html' })
        .end('<html><body>Please sign in.</body></html>')
    }
    const type = isVideo ? 'video/mp4' : 'image/jpeg'
    if (defect === 'empty') return void response.writeHead(200, { 'Content-Type': type, 'Content-Length': 0 }).end()
    if (defect === 'redirect') return void response.writeHead(302, { Location: redirectTo() }).end()
    const file = isVideo ? files.video : files.thumbnail
    if (defect === 'endless') return sendEndless(response, type)
    if (defect === 'slow') return sendSlowly(response, file, type, clock)
    return sendFile(request, response, {
      file,
      type,
      cutsHalfway: fault?.kind === 'cut' || fault?.kind === 'broken-json',
    })
  }
}

/** Where a credential came: one of the headers made for it, or the key itself, wherever it hides. */
function findCredential({ headers, url = '' }: IncomingMessage, key: string): string | undefined {
  const named = credentialHeaders.find((name) => headers[name] !== undefined)
  if (named) return `header ${named}`
  if (url.includes(key)) return 'url'
  const carrier = Object.entries(headers).find(([, value]) => String(value).includes(key))
  return carrier && `header ${carrier[0]}`
}

/** The addresses that a job's answers carry. */
export function mediaUrls(job: Job, mediaUrl: string): { video: string; thumbnail: string } {
  // What a hostile answer may carry: an address inside the network of whoever believes it.
  const isElsewhere = find(job.effects, 'file')?.defect === 'elsewhere'
  return {
    video: isElsewhere ? 'http://169.254.169.254/latest/meta-data/' : `${mediaUrl}/videos/generated_${job.id}.mp4`,
    thumbnail: `${mediaUrl}/thumbnails/thumb_${job.id}.jpg`,
  }
}

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
