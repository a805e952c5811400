/** A simulator under virtual time with media that cost nothing, and a client that keeps to the contract. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach } from '@jest/globals'
import type { MakeMedia } from '../../../src/sandbox/media-maker.ts'
import { createVirtualClock } from '../../../src/sandbox/simulator-clock.ts'
import { createVeo3Simulator, type Veo3SimulatorOptions } from '../../../src/sandbox/veo3-simulator.ts'

export const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(60, 7)])
export const videoBytes = Buffer.from('not a film, but the bytes of one, long enough to be cut in the middle')

export const bareMedia: MakeMedia = async ({ directory }) => {
  const files = { video: join(directory, 'video.mp4'), thumbnail: join(directory, 'thumbnail.jpg') }
  await writeFile(files.video, videoBytes)
  await writeFile(files.thumbnail, photo)
  return files
}

export function generateBody(text = 'Welcome to our shop.', changes: Record<string, unknown> = {}) {
  return {
    image: { data: photo.toString('base64'), format: 'image/jpeg' },
    script: { text, voice_settings: { speed: 1.0, pitch: 0.0 } },
    video_config: { duration_seconds: 30, aspect_ratio: 'portrait', resolution: '1080p', bitrate: 4000, fps: 30 },
    generation_config: {
      lip_sync_enabled: true,
      facial_animation_strength: 0.8,
      background_noise_reduction: true,
      audio_enhancement: true,
    },
    metadata: { user_id: 'user_42', generation_id: 'gen_1', created_at: '2025-09-13T10:30:00Z' },
    ...changes,
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the wire says is looked at field by field
export type Json = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Json
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Closes what a test opened when it is over. */
export function whenOver(close: () => Promise<unknown>): void {
  closers.push(close)
}

export type Rig = Awaited<ReturnType<typeof openRig>>

export async function openRig(options: Partial<Veo3SimulatorOptions> = {}) {
  const clock = createVirtualClock()
  const simulator = await createVeo3Simulator({
    clock,
    makeMedia: bareMedia,
    key: 'key-1',
    webhookSecret: 'your_webhook_secret',
    ...options,
  })
  whenOver(() => simulator.close())
  const { apiUrl, mediaUrl } = await simulator.listen()
  const root = apiUrl.replace(/\/v1$/, '')
  const authorization = { Authorization: 'Bearer key-1' }

  const call = async (method: string, url: string, init: { headers?: Record<string, string>; body?: string } = {}) => {
    const response = await fetch(url, { method, redirect: 'manual', ...init })
    return read(response)
  }
  const api = (method: string, path: string, headers: Record<string, string> = {}) =>
    call(method, `${apiUrl}${path}`, { headers: { ...authorization, ...headers } })
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    call('POST', `${apiUrl}/video/generate`, {
      headers: { ...authorization, 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    clock,
    simulator,
    control: simulator.control,
    apiUrl,
    mediaUrl,
    root,
    call,
    api,
    post,
    submit: (text?: string, headers?: Record<string, string>) => post(generateBody(text), headers),
    status: (jobId: string) => api('GET', `/video/status/${jobId}`),
    cancel: (jobId: string) => api('DELETE', `/video/jobs/${jobId}`),
    sandbox: (method: string, path: string, body?: unknown) =>
      call(method, `${root}/_sandbox${path}`, body === undefined ? {} : { body: JSON.stringify(body) }),
    /** A job of this script that has had all its time. */
    async finished(text?: string): Promise<Json> {
      const { body } = await post(generateBody(text))
      clock.advance(6000)
      return (await api('GET', `/video/status/${body.job_id}`)).body
    },
  }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  let body: Json = null
  try {
    body = JSON.parse(text)
  } catch {
    // Not JSON: the test looks at the text.
  }
  return { status: response.status, headers: response.headers, text, body }
}
