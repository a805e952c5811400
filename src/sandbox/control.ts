/** `/_sandbox/` on the API port: not of the vendor's contract. Lets whoever is on this machine look in and set faults. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { Failure } from '../errors.ts'
import { readBody } from './read-body.ts'
import type { SimulatorControl } from './simulator-control.ts'
import { errorShapes } from './switches.ts'

export const controlPath = '/_sandbox/'

const order = z.strictObject({
  /** As in the script's brackets, e.g. 'http:503:on=status:times=3'. */
  fault: z.string().optional(),
  latencyMs: z.number().min(0).max(600_000).exactOptional(),
  outage: z.enum(['none', 'hung', 'reset', 'refused']).optional(),
  /** How long the outage lasts; needed for 'refused', which takes this endpoint along. */
  seconds: z.number().min(0).max(86_400).optional(),
  idempotency: z.boolean().exactOptional(),
  cancel: z.union([z.literal('works'), z.literal(404), z.literal(405)]).exactOptional(),
  errorShape: z.enum(errorShapes).exactOptional(),
  accepted: z.enum(['full', 'minimal']).exactOptional(),
})

const step = z.strictObject({ ms: z.number().min(0).max(1e12) })

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host)
}

/** A page in a browser may reach loopback too: neither a foreign Host nor a form is listened to. */
function isLocal(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopback(host) && request.headers.origin === undefined
}

export function createControl(control: SimulatorControl) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = (status: number, body: unknown) =>
      void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body, null, 2))
    if (!isLocal(request)) return send(403, { error: 'The control endpoint is for this machine only.' })
    const read = async (): Promise<unknown> => {
      try {
        return JSON.parse((await readBody(request, 64 * 1024)).toString('utf8'))
      } catch {
        return undefined
      }
    }
    const wanted = `${request.method} ${request.url?.slice(controlPath.length - 1)}`
    switch (wanted) {
      case 'GET /state':
        return send(200, control.state())
      case 'DELETE /records':
        control.clearRecords()
        return send(200, control.state())
      case 'DELETE /faults':
        control.clearFaults()
        return send(200, control.state())
      case 'POST /faults': {
        const parsed = order.safeParse(await read())
        if (!parsed.success) return send(400, { error: z.prettifyError(parsed.error) })
        const { fault, outage, seconds, ...switches } = parsed.data
        const unknown = Object.keys(switches).find((name) => !control.knows(name))
        if (unknown !== undefined) return send(400, { error: `${unknown} is not left open by this contract` })
        if (outage === 'refused' && seconds === undefined) {
          return send(400, { error: "outage 'refused' needs seconds: nobody could end it here" })
        }
        try {
          if (fault !== undefined) control.setFault(fault)
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          return send(400, { error: `${error.message} ${error.hint}` })
        }
        control.set(switches)
        send(200, control.state())
        if (outage !== undefined) await control.setOutage(outage, seconds)
        return
      }
      case 'POST /advance': {
        const parsed = step.safeParse(await read())
        if (!parsed.success) return send(400, { error: z.prettifyError(parsed.error) })
        if (!control.advance) return send(409, { error: 'Time is real here.' })
        control.advance(parsed.data.ms)
        await control.settled()
        return send(200, control.state())
      }
      default:
        return send(404, { error: 'GET state, POST faults, DELETE faults, DELETE records, POST advance' })
    }
  }
}
