/** The API port: holds a request to the contract, lets the due fault strike, answers, and remembers what was asked. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkHeaders, findRoute, type Route } from './check-request.ts'
import type { FieldMistake } from './generate-body.ts'
import type { Records, SeenRequest } from './records.ts'
import { Refusal } from './refusal.ts'
import { wait } from './simulator-clock.ts'
import { type Answer, type Outcome, Struck, strike } from './strike.ts'
import { createSubmissions, type SubmissionsOptions } from './submissions.ts'
import type { Switches } from './switches.ts'
import { errorBody, statusBody } from './wire-answers.ts'

export interface ApiOptions extends SubmissionsOptions {
  /** The Bearer key that is let in. */
  readonly key: string
  readonly records: Records
}

export type Api = (request: IncomingMessage, response: ServerResponse, requestId: string) => Promise<SeenRequest>

export function createApi(options: ApiOptions): Api {
  const { clock, jobs, faults, records, switches, urlsOf } = options
  const submit = createSubmissions(options)

  const checkKey = (request: IncomingMessage): void => {
    const digest = (text: string) => createHash('sha256').update(text).digest()
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${options.key}`))) {
      throw new Refusal({ status: 401, code: 'unauthorized', message: 'The API key is wrong.' })
    }
  }

  const onJob = async (route: Route): Promise<Answer> => {
    const job = jobs.get(route.jobId ?? '')
    const finish = strike(faults.wire(route.place, job?.id ?? '', job?.wireFaults ?? []))
    if (route.place === 'cancel' && switches.cancel !== 'works') {
      const code = switches.cancel === 404 ? 'not_found' : 'method_not_allowed'
      throw new Refusal({ status: switches.cancel, code, message: 'Jobs cannot be cancelled.' })
    }
    if (!job) throw new Refusal({ status: 404, code: 'job_not_found', message: 'There is no such job.' })
    if (route.place === 'cancel') jobs.cancel(job)
    return finish({ status: 200, body: statusBody(job, await jobs.settledState(job), urlsOf(job)) })
  }

  const answer = async (
    request: IncomingMessage,
    seen: SeenRequest,
    onMistake: (mistake: FieldMistake) => void,
  ): Promise<Answer> => {
    const route = findRoute(request)
    seen.route = route.name
    checkHeaders(request, route)
    checkKey(request)
    switch (route.place) {
      case 'submit':
        return submit({ request, requestId: seen.requestId, key: seen.idempotencyKey, onMistake })
      case 'health':
        return strike(faults.wire('health', '', []))({ status: 200, body: { status: 'ok' } })
      default:
        return onJob(route)
    }
  }

  const outcomeOf = async (request: IncomingMessage, seen: SeenRequest): Promise<Outcome> => {
    if (switches.outage === 'hung') return 'silence'
    if (switches.outage === 'reset') return 'cut'
    const onMistake = ({ field, message }: FieldMistake) =>
      void records.violate({ at: seen.at, requestId: seen.requestId, request: seen.request, field, message })
    try {
      const { status, body } = await answer(request, seen, onMistake)
      return { status, type: 'application/json', text: JSON.stringify(body), headers: {} }
    } catch (error) {
      if (error instanceof Struck) return error.outcome
      if (error instanceof Refusal) {
        if (error.isViolation) onMistake({ field: '', ...error.wire })
        return refused(error, switches, seen.requestId)
      }
      // The client left in the middle of its body.
      if (request.destroyed && !request.complete) return 'cut'
      throw error
    } finally {
      records.count(seen.route)
    }
  }

  return async (request, response, requestId) => {
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
    send(outcome, request, response)
    seen.answer = typeof outcome === 'string' ? outcome : outcome.status
    return seen
  }
}

function refused({ wire }: Refusal, { errorShape }: Switches, requestId: string): Outcome {
  return { ...errorBody(wire, errorShape, requestId), status: wire.status, headers: wire.headers ?? {} }
}

function send(outcome: Outcome, request: IncomingMessage, response: ServerResponse): void {
  // The body of a request without an answer is taken all the same: the client is to wait for us, not for its own bytes.
  if (outcome === 'silence') return void request.resume()
  if (outcome === 'cut') return void request.socket.destroy()
  response.writeHead(outcome.status, {
    'Content-Type': outcome.type,
    'Content-Length': Buffer.byteLength(outcome.text),
    ...outcome.headers,
  })
  response.end(outcome.text)
}

function single(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}
