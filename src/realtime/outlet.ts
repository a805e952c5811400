/**
 * Back-pressure for one connection. Socket.IO queues what a client does not take without bound; here the log is simply
 * not read on while more than `bound` packets wait. Two bounds of packets may be in memory: one being written, one queued.
 */

/** The connection below a socket, as far as it is heard: a packet was queued, the queue was handed to the network, it closed. */
export interface Connection {
  on(event: 'packetCreate' | 'drain' | 'close', listener: () => void): unknown
}

export interface Outlet {
  /** Resolves at once while fewer than `bound` packets wait; else when they were taken, on a close, or on the signal. */
  ready(signal: AbortSignal): Promise<void>
}

/** @param onWait called each time somebody has to wait */
export function createOutlet(connection: Connection, bound: number, onWait: () => void): Outlet {
  let queued = 0
  let open = true
  let waiting: (() => void)[] = []
  const wake = () => {
    const woken = waiting
    waiting = []
    for (const go of woken) go()
  }
  connection.on('packetCreate', () => {
    queued += 1
  })
  connection.on('drain', () => {
    queued = 0
    wake()
  })
  connection.on('close', () => {
    open = false
    wake()
  })

  return {
    async ready(signal) {
      while (open && queued >= bound && !signal.aborted) {
        onWait()
        await new Promise<void>((resolve) => {
          const go = () => {
            signal.removeEventListener('abort', go)
            resolve()
          }
          signal.addEventListener('abort', go, { once: true })
          waiting.push(go)
        })
      }
    },
  }
}
