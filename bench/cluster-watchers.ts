/** Many sockets in a process of their own that watch one generation. Says when all of them do, and at the end what they saw. */
import { io } from 'socket.io-client'

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

async function follow(): Promise<void> {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false })
  let last = 0
  let isRight = true
  ends.push(
    new Promise((done) => {
      socket.on('generation:event', ({ seq, at, type }: Told) => {
        if (isLive) lateMs.push(Date.now() - Date.parse(at))
        isRight &&= seq === last + 1
        last = seq
        if (type !== 'completed') return
        if (!isRight) wrong += 1
        done()
      })
      socket.on('disconnect', () => {
        wrong += 1
        done()
      })
    }),
  )
  await new Promise<void>((done, failed) => {
    socket.on('connect_error', failed)
    socket.emit('generation:watch', { id, after: 0 }, (answer: { ok: boolean }) =>
      answer.ok ? done() : failed(new Error(JSON.stringify(answer))),
    )
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
