/** `fetch` against a running server that throws when an answer is not as the server's own document says. */
import { createHolder, type DocumentObject, type Holder } from './hold-to-document.ts'

const holders = new Map<string, Promise<Holder>>()

/** The holder of the server at `origin`; its document is read once. */
export function holderOf(origin: string): Promise<Holder> {
  const held = holders.get(origin) ?? readHolder(origin)
  holders.set(origin, held)
  return held
}

async function readHolder(origin: string): Promise<Holder> {
  const response = await fetch(`${origin}/api/openapi.json`)
  return createHolder((await response.json()) as DocumentObject)
}

/** Bodies are read whole, save those of streams of events. */
export async function heldFetch(url: string, init: RequestInit = {}): Promise<Response> {
  const { origin, pathname, search } = new URL(url)
  const holder = await holderOf(origin)
  const response = await fetch(url, init)
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const problems = holder.hold({
    method: init.method ?? 'GET',
    url: pathname + search,
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: isStream ? null : Buffer.from(await response.clone().arrayBuffer()),
  })
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return response
}
