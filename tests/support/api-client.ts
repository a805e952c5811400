/** What a client of the API does, in a few words, for the end-to-end tests. */
import { readFile } from 'node:fs/promises'
import { io } from 'socket.io-client'
import { heldFetch } from './held-fetch.ts'

export interface GenerationJson {
  readonly id: string
  readonly status: string
  readonly progress: number
  readonly queue: { readonly ahead: number; readonly expected_wait_seconds: number } | null
  readonly work_id: string
  readonly [key: string]: unknown
}

export interface EventJson {
  readonly id: string
  readonly seq: number
  readonly type: string
  readonly status: string
  readonly progress: number
  readonly [key: string]: unknown
}

export type Fields = Readonly<Record<string, string | number | boolean>>

export async function postGeneration(url: string, photo: string | Buffer, fields: Fields): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries({ consent: true, ...fields })) form.set(name, String(value))
  const bytes = typeof photo === 'string' ? await readFile(photo) : photo
  form.set('photo', new Blob([new Uint8Array(bytes)]), 'photo.jpg')
  return heldFetch(`${url}/api/v1/video/generate`, { method: 'POST', body: form })
}

/** Posts and insists on 202. */
export async function generate(url: string, photo: string | Buffer, fields: Fields): Promise<GenerationJson> {
  const response = await postGeneration(url, photo, fields)
  const body = (await response.json()) as GenerationJson
  if (response.status !== 202) throw new Error(`${response.status} ${JSON.stringify(body)}`)
  return body
}

export async function getGeneration(url: string, id: string): Promise<GenerationJson> {
  const response = await heldFetch(`${url}/api/v1/video/${id}`)
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as GenerationJson
}

/** Watches from `after` until the final event (or until `enough` says so) and answers every event in order of arrival. */
export function watch(
  url: string,
  id: string,
  after = 0,
  enough: (event: EventJson) => boolean = () => false,
): Promise<EventJson[]> {
  const socket = io(url, { transports: ['websocket'], forceNew: true })
  const events: EventJson[] = []
  return new Promise<EventJson[]>((done, failed) => {
    socket.on('connect_error', failed)
    socket.on('generation:event', (event: EventJson) => {
      events.push(event)
      if (['completed', 'failed', 'cancelled'].includes(event.type) || enough(event)) done(events)
    })
    socket.emit('generation:watch', { id, after }, (answer: { ok: boolean }) => {
      if (!answer.ok) failed(new Error(JSON.stringify(answer)))
    })
  }).finally(() => socket.close())
}
