/** What users of a cluster do, wherever they were led: light requests, because many of them are made. */
import { readFile } from 'node:fs/promises'
import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { EventJson, Fields, GenerationJson } from './api-client.ts'
import { demoPortrait } from './demo-portrait.ts'

export interface Answered<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

/** A problem where it is not what was asked for. */
export type Accepted = Answered<GenerationJson & { readonly reason?: string; readonly retryable?: boolean }>

/** @returns its id, for as many scripts as one likes */
export async function keepPhoto(url: string): Promise<string> {
  const form = new FormData()
  form.set('photo', new Blob([new Uint8Array(await readFile(demoPortrait))]), 'photo.jpg')
  const response = await fetch(`${url}/api/v1/photos`, { method: 'POST', body: form })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return ((await response.json()) as { id: string }).id
}

export async function postWith(url: string, photoId: string, fields: Fields): Promise<Accepted> {
  const response = await fetch(`${url}/api/v1/video/generate`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ photo_id: photoId, consent: true, quality: 'economy', ...fields }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Accepted['body'] }
}

/** Insists on being let in. @returns the id */
export async function begin(url: string, photoId: string, fields: Fields): Promise<string> {
  const { status, body } = await postWith(url, photoId, fields)
  if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body.id
}

/** 'completed', or the whole story. */
export function endOf(events: readonly EventJson[]): string {
  const last = events.at(-1)
  return last?.type === 'completed' ? last.type : JSON.stringify(events)
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  /** Default: a connection of its own for each request. */
  readonly agent?: Agent
}

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** One request, its answer read to the end. @throws when the connection breaks, also in the middle of the answer */
export function ask(url: string, { method = 'GET', headers = {}, body, agent }: Asked = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const sent = request(url, { method, headers: { ...headers, ...length }, agent: agent ?? false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

/** A form with the photo, its bytes and their type. */
export async function formOf(photo: Buffer, fields: Fields): Promise<Required<Pick<Asked, 'headers' | 'body'>>> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ consent: true, quality: 'economy', ...fields }))
    form.set(name, String(value))
  form.set('photo', new Blob([new Uint8Array(photo)]), 'photo.jpg')
  const made = new Response(form)
  return {
    headers: { 'Content-Type': made.headers.get('content-type') ?? '' },
    body: Buffer.from(await made.arrayBuffer()),
  }
}

const final = ['completed', 'failed', 'cancelled']

/** Asks until it is over, through whatever outages. @returns how it ended; 'lost' when nobody knows it any more */
export async function untilOver(url: string, id: string): Promise<string> {
  for (;;) {
    const answer = await ask(`${url}/api/v1/video/${id}`).catch(() => null)
    if (answer?.status === 404) return 'lost'
    const status = answer?.status === 200 ? (JSON.parse(answer.body.toString()) as GenerationJson).status : ''
    if (final.includes(status)) return status
    await new Promise((again) => setTimeout(again, 200))
  }
}
