/** Servers on free ports that count what reaches them. */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'

export interface OpenServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Starts it; closing cuts what is still open. */
export async function openServer(server: Server, scheme = 'http'): Promise<OpenServer> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export interface HttpServer extends OpenServer {
  /** Every request, in its order. */
  readonly requests: readonly IncomingMessage[]
}

export async function openHttpServer(answer: RequestListener): Promise<HttpServer> {
  const requests: IncomingMessage[] = []
  const opened = await openServer(
    createHttpServer((request, response) => {
      requests.push(request)
      answer(request, response)
    }),
  )
  return { ...opened, requests }
}

/** A server that speaks no HTTP of its own: `talk` has the bare connection. */
export function openTcpServer(talk: (socket: Socket) => void): Promise<OpenServer> {
  return openServer(createTcpServer(talk))
}

/** The address of a port at which nobody listens any more. */
export async function deadUrl(): Promise<string> {
  const server = await openTcpServer(() => {})
  await server.close()
  return server.url
}
