/** An HTTP server that can be taken away from its port and come back to it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Port {
  /** Answers the port; 0 takes a free one. */
  listen(host: string, port: number): Promise<number>
  /** Cuts all connections and refuses new ones. */
  pause(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

export interface PortOptions {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  readonly onError: (error: unknown) => void
}

export function createPort({ answer, onError }: PortOptions): Port {
  let bound: { host: string; port: number } | null = null
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      onError(error)
      request.socket.destroy()
    })
  })
  // A connection that is left without an answer is the point of some faults: it is the client who is to lose patience.
  server.requestTimeout = 0
  server.timeout = 0

  const open = (host: string, port: number): Promise<void> =>
    new Promise((done, failed) => {
      server.once('error', failed)
      server.listen(port, host, () => {
        server.off('error', failed)
        done()
      })
    })
  const pause = (): Promise<void> => {
    const closed = new Promise<void>((done) => void server.close(() => done()))
    server.closeAllConnections()
    return closed
  }

  return {
    async listen(host, port) {
      await open(host, port)
      bound = { host, port: (server.address() as AddressInfo).port }
      return bound.port
    },
    pause,
    async resume() {
      if (bound) await open(bound.host, bound.port)
    },
    close: () => (server.listening ? pause() : Promise.resolve()),
  }
}
