/** The API port: takes a request apart as strictly as the contract reads, lets the due fault strike, and answers. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { checkHeaders, findRoute, type Route } from './check-request.ts'
import { type Fault, readScript, type WireFault } from './fault.ts'
import type { FaultBook } from './fault-book.ts'
import { type GenerateBody, readGenerateBody, readImage } from './generate-body.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { readBody, tooLarge } from './read-body.ts'
import type { Records, SeenRequest } from './records.ts'
import { Refusal, violation } from './refusal.ts'
import { type SimulatorClock, wait } from './simulator-clock.ts'
import type { Switches } from './switches.ts'
import { acceptedBody, errorBody, statusBody } from './wire-answers.ts'

export interface ApiOptions {
  readonly key: string
  readonly clock: SimulatorClock
  readonly jobs: Jobs
  readonly faults: FaultBook
  readonly records: Records
  readonly switches: Switches
  readonly maxImageBytes: number
  readonly urlsOf: (job: Job) => { video: string; thumbnail: string }
  readonly onAccepted: (job: Job) => void
  /** Idempotency keys that are remembered. */
  readonly maxKeys: number
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

const keyLivesMs = 24 * 60 * 60 * 1000
/** Room for everything in a body that is not the image. */
const bodyBesideImageBytes = 64 * 1024

export function createApi(
  options: ApiOptions,
): (request: IncomingMessage, response: ServerResponse, id: string) => Promise<SeenRequest> {
  const { clock, jobs, faults, records, switches, urlsOf } = options
  const remembered = new Map<
    string,
    { readonly hash: string; readonly untilMs: number; readonly answer: Promise<Answer> }
  >()

  const remember = (key: string, hash: string, answer: Promise<Answer>): Promise<Answer> => {
    remembered.delete(key)
    remembered.set(key, { hash, untilMs: clock.now().getTime() + keyLivesMs, answer })
    const oldest = remembered.keys().next().value
    if (remembered.size > options.maxKeys && oldest !== undefined) remembered.delete(oldest)
    return answer
  }

  const checkKey = (request: IncomingMessage): void => {
    const digest = (text: string) => createHash('sha256').update(text).digest()
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${options.key}`))) {
      throw new Refusal({ status: 401, code: 'unauthorized', message: 'The API key is wrong.' })
    }
  }

  const readSubmission = async (request: IncomingMessage) => {
    const raw = await readBody(request, Math.ceil((options.maxImageBytes / 3) * 4) + bodyBesideImageBytes)
    const { body, mistakes } = readGenerateBody(parseJson(raw))
    if (!body) {
      const [first, ...others] = mistakes
      const wire = { status: 400, code: 'invalid_request', ...first! }
      for (const other of others) noteViolation(request, { ...wire, ...other })
      throw violation(wire)
    }
    const photo = readImage(body.image)
    if (!Buffer.isBuffer(photo)) throw violation({ status: 400, code: 'invalid_request', ...photo })
    if (photo.length > options.maxImageBytes) throw tooLarge()
    return { body, photo, hash: createHash('sha256').update(raw).digest('hex') }
  }

  const idOf = new WeakMap<IncomingMessage, string>()
  const noteViolation = (request: IncomingMessage, { field, message }: { field: string; message: string }) =>
    records.violate({
      at: clock.now().toISOString(),
      requestId: idOf.get(request) ?? '',
      request: lineOf(request),
      field,
      message,
    })

  const accept = (
    body: GenerateBody,
    photo: Buffer,
    request: IncomingMessage,
    read: { spoken: string; faults: readonly Fault[] },
  ) => {
    const key = keyOf(request)
    if (!jobs.makeRoom()) {
      throw new Refusal({
        status: 429,
        code: 'rate_limited',
        message: 'Too many jobs are under way.',
        headers: { 'Retry-After': '30' },
      })
    }
    const job = jobs.accept(
      body,
      { photo, spoken: read.spoken, requestId: idOf.get(request) ?? '', idempotencyKey: key },
      {
        job: faults.job(key ?? body.metadata.generation_id, read.faults),
        wire: read.faults.filter((fault): fault is WireFault => 'wire' in fault && fault.on !== 'submit'),
      },
    )
    options.onAccepted(job)
    return job
  }

  const acceptedAnswer = async (job: Job): Promise<Answer> => {
    if (!find(job.effects, 'sync')) {
      const isMinimal = switches.accepted === 'minimal' || find(job.effects, 'minimal') !== undefined
      return { status: 202, body: acceptedBody(job, isMinimal) }
    }
    await job.files
    return { status: 200, body: statusBody(job, jobs.stateOf(job), urlsOf(job)) }
  }

  const submit = async (request: IncomingMessage, strike: Strike): Promise<Answer> => {
    const { body, photo, hash } = await readSubmission(request)
    const read = readMarkers(body.script.text)
    const key = switches.idempotency ? keyOf(request) : null
    const asked = read.faults.filter((fault): fault is WireFault => 'wire' in fault)
    const after = strike(faults.wire('submit', keyOf(request) ?? body.metadata.generation_id, asked))
    const known = key === null ? undefined : remembered.get(key)
    if (known && known.untilMs > clock.now().getTime()) {
      if (known.hash !== hash) {
        throw new Refusal({
          status: 409,
          code: 'idempotency_conflict',
          message: 'This Idempotency-Key came with another body.',
        })
      }
      return after(await known.answer)
    }
    const answer = acceptedAnswer(accept(body, photo, request, read))
    return after(await (key === null ? answer : remember(key, hash, answer)))
  }

  const onJob = async (route: Route, strike: Strike): Promise<Answer> => {
    const job = jobs.get(route.jobId ?? '')
    const after = strike(faults.wire(route.place, job?.id ?? '', job?.wireFaults ?? []))
    if (route.place === 'cancel' && switches.cancel !== 'works') {
      const code = switches.cancel === 404 ? 'not_found' : 'method_not_allowed'
      throw new Refusal({ status: switches.cancel, code, message: 'Jobs cannot be cancelled.' })
    }
    if (!job) throw new Refusal({ status: 404, code: 'job_not_found', message: 'There is no such job.' })
    if (route.place === 'cancel') jobs.cancel(job)
    return after({ status: 200, body: statusBody(job, await jobs.settledState(job), urlsOf(job)) })
  }

  const answerRoute = async (request: IncomingMessage, strike: Strike): Promise<Answer> => {
    const route = findRoute(request)
    records.count(route.name)
    checkHeaders(request, route)
    checkKey(request)
    if (route.place === 'submit') return submit(request, strike)
    if (route.place === 'health') return strike(faults.wire('health', '', []))({ status: 200, body: { status: 'ok' } })
    return onJob(route, strike)
  }

  return async (request, response, id) => {
    idOf.set(request, id)
    const seen = records.see({
      at: clock.now().toISOString(),
      requestId: id,
      request: lineOf(request),
      answer: null,
      clientRequestId: firstOf(request.headers['x-request-id']),
      idempotencyKey: keyOf(request),
    })
    if (switches.outage === 'hung') return leave(seen, request, 'silence')
    if (switches.outage === 'reset') return leave(seen, request, 'cut')
    let outcome: Outcome
    try {
      const answer = await answerRoute(request, strikeWith)
      outcome = { type: 'application/json', text: JSON.stringify(answer.body), status: answer.status, headers: {} }
    } catch (error) {
      if (error instanceof Struck) outcome = error.outcome
      else if (error instanceof Refusal) {
        if (error.isViolation) noteViolation(request, { field: '', ...error.wire })
        if (error.wire.status === 404 && error.isViolation) records.count('undocumented')
        outcome = refused(error, switches, id)
      } else if (request.destroyed && !request.complete) return leave(seen, request, 'cut')
      else throw error
    }
    if (typeof outcome === 'string') return leave(seen, request, outcome)
    await wait(clock, switches.latencyMs)
    seen.answer = outcome.status
    // What was not read of a refused body would be taken for the next request.
    const isWhole = request.complete
    response.writeHead(outcome.status, {
      'Content-Type': outcome.type,
      'Content-Length': Buffer.byteLength(outcome.text),
      ...(!isWhole && { Connection: 'close' }),
      ...outcome.headers,
    })
    response.end(outcome.text)
    return seen
  }
}

type Outcome =
  | {
      readonly status: number
      readonly type: string
      readonly text: string
      readonly headers: Readonly<Record<string, string>>
    }
  | 'silence'
  | 'cut'

/** An answer that a fault replaced. */
class Struck extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super('a fault struck')
    this.outcome = outcome
  }
}

/** Lets a fault strike now, before anything is done, or hands back what it does to the answer once all is done. */
type Strike = (fault: WireFault | undefined) => (answer: Answer) => Answer

const strikeWith: Strike = (fault) => {
  const wire = fault?.wire
  if (!wire) return (answer) => answer
  if (wire.kind === 'http') {
    const { status, code, retryAfterSeconds } = wire
    const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) }
    throw new Refusal({ status, code, message: faultWords[code] ?? 'The sandbox was asked for this.', headers })
  }
  if (wire.kind === 'broken-json') {
    return ({ status, body }) => {
      const text = JSON.stringify(body)
      throw new Struck({ status, type: 'application/json', text: text.slice(0, text.length / 2), headers: {} })
    }
  }
  const outcome = wire.kind
  if (wire.when === 'before') throw new Struck(outcome)
  return () => {
    throw new Struck(outcome)
  }
}

const faultWords: Readonly<Record<string, string>> = {
  content_policy_violation: 'The image was rejected.',
  rate_limited: 'Too many requests',
  insufficient_credits: 'The credit is used up.',
  unauthorized: 'The API key is wrong.',
}

function refused({ wire }: Refusal, { errorShape }: Switches, id: string): Outcome {
  return { ...errorBody(wire, errorShape, id), status: wire.status, headers: wire.headers ?? {} }
}

function leave(seen: SeenRequest, request: IncomingMessage, how: 'silence' | 'cut'): SeenRequest {
  seen.answer = how
  if (how === 'cut') request.socket.destroy()
  else request.resume()
  return seen
}

/** A script's markers; one that nobody knows is answered, but no violation of the contract. */
function readMarkers(text: string): ReturnType<typeof readScript> {
  try {
    return readScript(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    throw new Refusal({ status: 400, code: 'invalid_request', field: 'script.text', message })
  }
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    throw violation({ status: 400, code: 'invalid_request', field: 'body', message: 'is no JSON' })
  }
}

function lineOf(request: IncomingMessage): string {
  return `${request.method} ${request.url?.split('?', 1)[0]}`
}

function keyOf(request: IncomingMessage): string | null {
  return firstOf(request.headers['idempotency-key'])
}

function firstOf(header: string | string[] | undefined): string | null {
  return (Array.isArray(header) ? header[0] : header) ?? null
}
