/** Sends a request of the fuzz as it is, over a connection that is kept. */
import { type Agent, request as httpRequest } from 'node:http'
import type { SeenAnswer } from '../support/hold-to-document.ts'
import type { FuzzRequest, Part } from './requests.ts'

const boundary = 'b0undary'

export interface Sending {
  readonly url: string
  readonly agent: Agent
  readonly photos: ReadonlyMap<string, Buffer>
}

/** The answer; of a stream of events only its head. */
export function send(request: FuzzRequest, { url, agent, photos }: Sending): Promise<SeenAnswer> {
  const { bytes, type } = encode(request, photos)
  const { hostname, port } = new URL(url)
  const headers = {
    ...(type && { 'Content-Type': type }),
    ...(bytes && { 'Content-Length': String(bytes.length) }),
    ...request.headers,
  }
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, agent, method: request.method, path: request.url, headers },
      (response) => {
        const seen = (body: Buffer | null): SeenAnswer => ({
          method: request.method,
          url: request.url,
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
          body,
        })
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          resolve(seen(null))
          response.destroy()
          return
        }
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => resolve(seen(Buffer.concat(chunks))))
      },
    )
    sent.once('error', reject)
    sent.end(bytes)
  })
}

function encode({ body }: FuzzRequest, photos: ReadonlyMap<string, Buffer>): { bytes?: Buffer; type?: string } {
  switch (body.kind) {
    case 'none':
      return {}
    case 'json':
      return { bytes: Buffer.from(JSON.stringify(body.value) ?? ''), type: 'application/json' }
    case 'text':
      return { bytes: Buffer.from(body.text), type: 'application/json' }
    case 'form': {
      const end = Buffer.from(`--${boundary}--\r\n`)
      const parts = body.parts.flatMap((part) => encodePart(part, photos))
      return { bytes: Buffer.concat([...parts, end]), type: `multipart/form-data; boundary=${boundary}` }
    }
  }
}

function encodePart({ name, value, isFile }: Part, photos: ReadonlyMap<string, Buffer>): readonly Buffer[] {
  const quoted = name.replaceAll('"', '%22')
  const file = isFile ? '; filename="a.jpg"\r\nContent-Type: image/jpeg' : ''
  const bytes = (isFile ? photos.get(value) : undefined) ?? Buffer.from(value)
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted}"${file}\r\n\r\n`
  return [Buffer.from(head), bytes, Buffer.from('\r\n')]
}
