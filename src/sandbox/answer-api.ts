/** The API port: holds a request to the contract, lets the contract answer it, and remembers what was asked. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FieldMistake } from './check-body.ts'
import {
  checkHeaders,
  checkKey,
  findRoute,
  type HeaderRules,
  type Route,
  type RouteDeclaration,
} from './check-request.ts'
import type { Records, SeenRequest } from './records.ts'
import { Refusal, type WireError } from './refusal.ts'
import { type SimulatorClock, wait } from './simulator-clock.ts'
import { type Answer, type Outcome, Struck, written } from './strike.ts'
import type { Switches } from './switches.ts'

/** A request that is documented and brought the right key. Its body is not read yet. */
export interface Asked {
  readonly request: IncomingMessage
  readonly route: Route
  readonly requestId: string
  readonly idempotencyKey: string | null
  /** Told of every mistake in a body beyond the first, which is thrown. */
  readonly onMistake: (mistake: FieldMistake) => void
}

export interface ErrorBody {
  readonly type: string
  readonly text: string
  /** Absent: those of the error. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a contract says of its API. */
export interface ApiContract {
  /** What all its paths begin with: '/v1'. Routes are of what follows; `apiUrl` ends with it. */
  readonly basePath: string
  readonly routes: readonly RouteDeclaration[]
  readonly rules: HeaderRules
  /** More that is to be held of a request before its key is looked at; throws like checkHeaders. */
  check?(request: IncomingMessage, route: Route): void
  /** Throws a Refusal for what is refused, and what `strike` throws. */
  answer(asked: Asked): Promise<Answer>
  errorBody(error: WireError, requestId: string): ErrorBody
}

export interface AnswerApiOptions extends ApiContract {
  readonly key: string
  readonly clock: SimulatorClock
  readonly records: Records
  readonly switches: Pick<Switches, 'latencyMs' | 'outage'>
}

export function createAnswerApi(options: AnswerApiOptions) {
  const { clock, records, switches, rules, key, errorBody } = options

  const answer = async (
    request: IncomingMessage,
    seen: SeenRequest,
    onMistake: Asked['onMistake'],
  ): Promise<Answer> => {
    const route = findRoute(request, options)
    seen.route = route.name
    checkHeaders(request, route, rules)
    options.check?.(request, route)
    checkKey(request, rules.key, key)
    const { requestId, idempotencyKey } = seen
    return options.answer({ request, route, requestId, idempotencyKey, onMistake })
  }

  const outcomeOf = async (request: IncomingMessage, seen: SeenRequest): Promise<Outcome> => {
    if (switches.outage === 'hung') return 'silence'
    if (switches.outage === 'reset') return 'cut'
    const onMistake = ({ field, message }: FieldMistake) =>
      void records.violate({ at: seen.at, requestId: seen.requestId, request: seen.request, field, message })
    try {
      const given = await answer(request, seen, onMistake)
      return given.serve ? { status: given.status, serve: given.serve } : written(given)
    } catch (error) {
      if (error instanceof Struck) return error.outcome
      if (error instanceof Refusal) {
        if (error.isViolation) onMistake({ field: '', ...error.wire })
        const { type, text, headers = error.wire.headers } = errorBody(error.wire, seen.requestId)
        return { status: error.wire.status, headers: { 'Content-Type': type, ...headers }, bytes: Buffer.from(text) }
      }
      // The client left in the middle of its body.
      if (request.destroyed && !request.complete) return 'cut'
      throw error
    } finally {
      records.count(seen.route)
    }
  }

  return async (request: IncomingMessage, response: ServerResponse, requestId: string): Promise<SeenRequest> => {
    const seen = records.see({
      at: clock.now().toISOString(),
      requestId,
      request: `${request.method} ${request.url?.split('?', 1)[0]}`,
      route: 'undocumented',
      answer: null,
      clientRequestId: single(request.headers['x-request-id']),
      idempotencyKey: single(request.headers['idempotency-key']),
    })
    const outcome = await outcomeOf(request, seen)
    await wait(clock, switches.latencyMs)
    await send(outcome, request, response)
    seen.answer = typeof outcome === 'string' ? outcome : outcome.status
    return seen
  }
}

async function send(outcome: Outcome, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // The body of a request without an answer is taken all the same: the client is to wait for us, not for its own bytes.
  if (outcome === 'silence') return void request.resume()
  if (outcome === 'cut') return void request.socket.destroy()
  if ('serve' in outcome) return outcome.serve(response)
  const { status, headers, bytes } = outcome
  response.writeHead(status, { ...(status !== 204 && { 'Content-Length': bytes.length }), ...headers })
  response.end(status === 204 ? undefined : bytes)
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}
