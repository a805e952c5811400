/** What users of a cluster do, wherever they were led: light requests, because many of them are made. */
import { readFile } from 'node:fs/promises'
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
