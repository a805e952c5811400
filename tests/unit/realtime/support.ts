/** A running socket server on a free port, with the fake heart behind it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { type Socket as ClientSocket, io } from 'socket.io-client'
import { Failure } from '../../../src/errors.ts'
import { type Answer, type Envelope, envelopeSchema } from '../../../src/realtime/messages.ts'
import type { PublicFailure } from '../../../src/realtime/public-parts.ts'
import { attachRealtime, type RealtimeParts } from '../../../src/realtime/socket-server.ts'
import { createFakeHeart, type FakeHeart } from '../../doubles/use-cases.ts'

export interface Client {
  readonly socket: ClientSocket
  /** Every envelope so far, checked against its schema. */
  readonly events: Envelope[]
  readonly errors: { id: string | null; error: PublicFailure }[]
  watch(request: unknown): Promise<Answer>
  unwatch(request: unknown): Promise<Answer>
}

export interface RunningSockets {
  readonly heart: FakeHeart
  readonly url: string
  readonly lines: Record<string, unknown>[]
  connect(auth?: Record<string, unknown>): Promise<Client>
  closeRealtime(): Promise<void>
  stop(): Promise<void>
}

export async function startSockets(changes: Partial<RealtimeParts> = {}): Promise<RunningSockets> {
  const httpServer = createServer((_request, response) => response.end('http'))
  const lines: Record<string, unknown>[] = []
  const heart = createFakeHeart()
  const { getGeneration, watchGeneration } = heart.useCases
  const realtime = attachRealtime({
    httpServer,
    getGeneration,
    watchGeneration,
    tenantOf: ({ auth }) => {
      if (auth.key === 'wrong') {
        throw new Failure('AUTHENTICATION_FAILED', { reason: 'key-unknown', message: 'This key is not known.' })
      }
      return String(auth.tenant ?? 'tenant-1')
    },
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    ...changes,
  })
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`
  const clients: ClientSocket[] = []
  return {
    heart,
    url,
    lines,
    async connect(auth = {}) {
      const socket = io(url, { auth, transports: ['websocket'], reconnection: false, forceNew: true })
      clients.push(socket)
      const events: Envelope[] = []
      const errors: Client['errors'] = []
      socket.on('generation:event', (envelope: unknown) => events.push(envelopeSchema.parse(envelope)))
      socket.on('generation:error', (error) => errors.push(error))
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve)
        socket.once('connect_error', reject)
      })
      return {
        socket,
        events,
        errors,
        watch: (request) => socket.emitWithAck('generation:watch', request),
        unwatch: (request) => socket.emitWithAck('generation:unwatch', request),
      }
    },
    closeRealtime: () => realtime.close(),
    async stop() {
      for (const socket of clients) socket.disconnect()
      await realtime.close()
      httpServer.closeAllConnections()
      await new Promise((resolve) => httpServer.close(resolve))
    },
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}
