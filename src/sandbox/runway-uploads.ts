/** Files that were uploaded, at an address of the moment on the files' port, and what is meant by `runway://…`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { imageTypeOf } from './check-body.ts'
import { elsewhere } from './media-files.ts'
import { readBody } from './read-body.ts'
import { Refusal } from './refusal.ts'
import type { Ground } from './simulator.ts'

export type AssetKind = 'image' | 'audio' | 'video'

interface Upload {
  readonly fields: Readonly<Record<string, string>>
  readonly untilMs: number
  bytes: Buffer | null
}

const livesMs = 24 * 60 * 60 * 1000
const mostBytes = 200 * 1024 * 1024
const mostDataUri = 5 * 1024 * 1024
const mostKept = 200

export type RunwayUploads = ReturnType<typeof createRunwayUploads>

export function createRunwayUploads({
  clock,
  faults,
  records,
  mediaUrl,
}: Pick<Ground, 'clock' | 'faults' | 'records' | 'mediaUrl'>) {
  const uploads = new Map<string, Upload>()
  let count = 0

  const read = (uri: string): Buffer => {
    if (uri.startsWith('data:')) {
      if (uri.length > mostDataUri) throw asset('is larger than 5 MB')
      return Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64')
    }
    const upload = uploads.get(/^runway:\/\/uploads\/(\w+)$/.exec(uri)?.[1] ?? '')
    if (!upload?.bytes) throw asset('is not there: the sandbox knows its uploads and data URIs, and fetches nothing')
    if (clock.now().getTime() > upload.untilMs) throw asset('has expired')
    return upload.bytes
  }

  return {
    /** The answer to POST /v1/uploads. */
    open(filename: string) {
      count += 1
      const id = `u${count}`
      const fields = { key: `ephemeral/${id}/${filename}`, policy: `policy-of-${id}`, 'x-amz-signature': `sig-${id}` }
      uploads.set(id, { fields, untilMs: clock.now().getTime() + livesMs, bytes: null })
      const oldest = uploads.keys().next().value
      if (uploads.size > mostKept && oldest !== undefined) uploads.delete(oldest)
      const isElsewhere = faults.own('upload', id, []) === 'elsewhere'
      const uploadUrl = isElsewhere ? elsewhere : `${mediaUrl()}/ephemeral/${id}`
      return { uploadUrl, fields, runwayUri: `runway://uploads/${id}` }
    },

    /** The bytes behind an address in a body. Throws a Refusal 400 where there are none, or of another kind. */
    take(uri: string, kind: AssetKind): Buffer {
      const bytes = read(uri)
      if (kindOf(bytes) !== kind) throw asset(`is no ${kind}`)
      return bytes
    },

    /** POST at the address that was handed out: the fields as they were told, then the file. */
    async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const upload = uploads.get(/^\/ephemeral\/(\w+)$/.exec(request.url ?? '')?.[1] ?? '')
      records.count('POST upload')
      const refuse = (status: number, message: string) => {
        const at = clock.now().toISOString()
        const line = `${request.method} ${request.url}`
        records.violate({ at, requestId: '', request: line, field: 'body', message })
        response.writeHead(status, { 'Content-Type': 'text/plain' }).end(message)
      }
      if (!upload) return refuse(404, 'There is no such upload.')
      const raw = await readBody(request, mostBytes + 64 * 1024)
      const headers = { 'content-type': request.headers['content-type'] ?? '' }
      const form = await new Response(new Uint8Array(raw), { headers }).formData().catch(() => null)
      if (!form) return refuse(400, 'This is no form.')
      const given = [...form.entries()].map(([name, value]) => (typeof value === 'string' ? [name, value] : [name]))
      const wanted = [...Object.entries(upload.fields), ['file']]
      if (JSON.stringify(given) !== JSON.stringify(wanted)) return refuse(403, 'The form is not as it was told.')
      upload.bytes = Buffer.from(await (form.get('file') as File).arrayBuffer())
      response.writeHead(204).end()
    },
  }
}

function kindOf(bytes: Buffer): AssetKind | null {
  if (imageTypeOf(bytes)) return 'image'
  if (bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WAVE') return 'audio'
  if (bytes.toString('latin1', 0, 3) === 'ID3' || (bytes[0] === 0xff && (bytes[1]! & 0xe0) === 0xe0)) return 'audio'
  return bytes.toString('latin1', 4, 8) === 'ftyp' ? 'video' : null
}

function asset(message: string): Refusal {
  return new Refusal({ status: 400, code: 'invalid_asset', message: `The asset ${message}.` })
}

/** Seconds of a WAV of whole samples; null for another sound. */
export function secondsOfWav(bytes: Buffer): number | null {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF') return null
  const bytesPerSecond = bytes.readUInt32LE(28)
  const at = bytes.indexOf('data', 12, 'latin1')
  return at < 0 || bytesPerSecond === 0 ? null : (bytes.length - at - 8) / bytesPerSecond
}

/** Seconds of an MP4 as its head says; null where it has none. */
export function secondsOfMp4(bytes: Buffer): number | null {
  const at = bytes.indexOf('mvhd', 0, 'latin1')
  if (at < 0 || bytes[at + 4] !== 0 || bytes.length < at + 24) return null
  const timescale = bytes.readUInt32BE(at + 16)
  return timescale === 0 ? null : bytes.readUInt32BE(at + 20) / timescale
}
