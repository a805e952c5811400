/** HTTP by hand, for what no client library would send. */
import { connect, type Socket } from 'node:net'

export interface RawAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface RawConnection {
  readonly socket: Socket
  /** Every answer on this connection, once the server has closed it. */
  closed(): Promise<readonly RawAnswer[]>
  /** The next final answer, as soon as it is there whole. */
  answer(): Promise<RawAnswer>
}

/** Opens a connection and writes the text (latin1) or bytes as they are. Resets are an end like any other. */
export function openRaw(url: string, ...parts: readonly (string | Uint8Array)[]): RawConnection {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let received = Buffer.alloc(0)
  let look = () => {}
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    look()
  })
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  for (const part of parts) socket.write(typeof part === 'string' ? Buffer.from(part, 'latin1') : part)
  let read = 0
  return {
    socket,
    closed: async () => {
      await ended
      const answers: RawAnswer[] = []
      for (let rest = received; rest.length > 0; ) {
        const found = parseAnswer(rest)
        if (!found) break
        if (found.answer.status >= 200) answers.push(found.answer)
        rest = rest.subarray(found.length)
      }
      return answers
    },
    answer: () =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = parseAnswer(received.subarray(read))
          if (!found) return
          read += found.length
          if (found.answer.status < 200) look()
          else resolve(found.answer)
        }
        void ended.then(() => reject(new Error(`closed after ${received.length} bytes: ${received.subarray(0, 200)}`)))
        look()
      }),
  }
}

function parseAnswer(bytes: Buffer): { answer: RawAnswer; length: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  const length = headEnd + 4 + Number(headers['content-length'] ?? 0)
  if (bytes.length < length) return null
  return {
    answer: { status: Number(first.split(' ')[1]), headers, body: bytes.toString('utf8', headEnd + 4, length) },
    length,
  }
}
