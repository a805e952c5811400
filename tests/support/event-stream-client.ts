/** Server-Sent Events as a client reads them: the frames in order of arrival, each envelope held to its schema. */
import { type Envelope, envelopeSchema } from '../../src/realtime/messages.ts'

export interface StreamClient {
  readonly response: Response
  readonly events: Envelope[]
  /** Comments so far: heartbeats. */
  readonly comments: string[]
  /** What the server wants a client to wait before it comes back, milliseconds. */
  readonly retryMs: () => number | null
  /** Resolves when the server has ended the stream, or the connection is lost. */
  readonly ended: Promise<void>
  close(): void
}

/** Asks for the stream; with status 204 or a problem there is none, and `ended` is settled. */
export async function openEventStream(
  url: string,
  { lastEventId, headers = {} }: { lastEventId?: number; headers?: Record<string, string> } = {},
): Promise<StreamClient> {
  const stop = new AbortController()
  const response = await fetch(url, {
    headers: {
      Accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'Last-Event-ID': String(lastEventId) }),
      ...headers,
    },
    signal: stop.signal,
  })
  const events: Envelope[] = []
  const comments: string[] = []
  let retryMs: number | null = null

  const readFrame = (frame: string) => {
    const fields = new Map<string, string>()
    for (const line of frame.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
      if (name === '') comments.push(value)
      else fields.set(name, value)
    }
    const retry = fields.get('retry')
    if (retry !== undefined) retryMs = Number(retry)
    const data = fields.get('data')
    if (data === undefined) return
    const event = envelopeSchema.parse(JSON.parse(data))
    if (fields.get('id') !== String(event.seq) || fields.get('event') !== event.type) {
      throw new Error(`the frame and its envelope differ: ${frame}`)
    }
    events.push(event)
  }

  const read = async () => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      const frames = text.split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames) readFrame(frame)
    }
  }
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const ended = isStream
    ? read().catch((error: unknown) => {
        const cut = stop.signal.aborted || (error instanceof TypeError && error.message === 'terminated')
        if (!cut) throw error
      })
    : Promise.resolve()
  return { response, events, comments, retryMs: () => retryMs, ended, close: () => stop.abort() }
}
