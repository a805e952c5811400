/** Many sockets in a process of their own that watch one generation. Says when all of them do, and at the end what they saw. */
import { WebSocket } from 'ws'

export interface WatchOrder {
  readonly url: string
  readonly id: string
  readonly sockets: number
}

export interface WatchReport {
  /** Sockets whose events were not 1, 2, 3 … to the end. */
  readonly wrong: number
  /** From each live event's own time to its receipt. */
  readonly lateMs: readonly number[]
}

interface Told {
  readonly seq: number
  readonly at: string
  readonly type: string
}

const { url, id, sockets } = JSON.parse(process.argv[2]!) as WatchOrder
/** Connections that are being made at once. */
const together = 50

const lateMs: number[] = []
let wrong = 0
let isLive = false
const ends: Promise<void>[] = []

/** Socket.IO as it is on the wire: its own client would cost more of the machine than the servers that are measured. */
function follow(): Promise<void> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`)
  let last = 0
  let isRight = true
  let end = () => {}
  ends.push(new Promise((done) => (end = done)))
  const lose = () => {
    wrong += 1
    end()
  }
  socket.on('close', lose)
  return new Promise((joined, failed) => {
    socket.on('error', failed)
    socket.on('message', (data: Buffer) => {
      const receivedMs = Date.now()
      const text = data.toString()
      if (text.startsWith('42')) {
        const [, { seq, at, type }] = JSON.parse(text.slice(2)) as [string, Told]
        if (isLive) lateMs.push(receivedMs - Date.parse(at))
        isRight &&= seq === last + 1
        last = seq
        if (type !== 'completed') return
        socket.off('close', lose)
        if (!isRight) wrong += 1
        end()
      } else if (text === '2') socket.send('3')
      else if (text.startsWith('0')) socket.send('40')
      else if (text.startsWith('40')) socket.send(`421["generation:watch",${JSON.stringify({ id, after: 0 })}]`)
      else if (text === `431[${JSON.stringify({ ok: true, id, after: 0 })}]`) joined()
      else failed(new Error(text))
    })
  })
}

for (let n = 0; n < sockets; n += together) {
  await Promise.all(Array.from({ length: Math.min(together, sockets - n) }, follow))
}
// What was replayed on joining is no measure of what is live.
await new Promise((settled) => setTimeout(settled, 2_000))
isLive = true
process.send?.('watching')
await Promise.all(ends)
process.send?.({ wrong, lateMs } satisfies WatchReport, () => process.exit(0))
