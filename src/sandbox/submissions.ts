/** POST /video/generate: its body held to the contract, its Idempotency-Key remembered, a job made of it. */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Fault, readScript, type WireFault } from './fault.ts'
import type { FaultBook } from './fault-book.ts'
import { type FieldMistake, readGenerateBody, readImage } from './generate-body.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { readBody, tooLarge } from './read-body.ts'
import { Refusal, violation } from './refusal.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import { type Answer, strike } from './strike.ts'
import type { Switches } from './switches.ts'
import { acceptedBody, statusBody } from './wire-answers.ts'

export interface SubmissionsOptions {
  readonly clock: SimulatorClock
  readonly jobs: Jobs
  readonly faults: FaultBook
  readonly switches: Switches
  readonly maxImageBytes: number
  /** Idempotency keys that are remembered. */
  readonly maxKeys: number
  readonly urlsOf: (job: Job) => { video: string; thumbnail: string }
  readonly onAccepted: (job: Job) => void
}

export interface Submission {
  readonly request: IncomingMessage
  readonly requestId: string
  readonly key: string | null
  /** Told of every mistake beyond the first, which is thrown. */
  readonly onMistake: (mistake: FieldMistake) => void
}

const keyLivesMs = 24 * 60 * 60 * 1000
/** Room for everything in a body that is not the image. */
const bodyBesideImageBytes = 64 * 1024

export function createSubmissions(options: SubmissionsOptions): (submission: Submission) => Promise<Answer> {
  const { clock, jobs, faults, switches } = options
  const remembered = new Map<string, { hash: string; untilMs: number; answer: Promise<Answer> }>()
  const nowMs = () => clock.now().getTime()

  const remember = (key: string, hash: string, answer: Promise<Answer>): void => {
    remembered.delete(key)
    remembered.set(key, { hash, untilMs: nowMs() + keyLivesMs, answer })
    const oldest = remembered.keys().next().value
    if (remembered.size > options.maxKeys && oldest !== undefined) remembered.delete(oldest)
  }

  const read = async ({ request, onMistake }: Submission) => {
    const raw = await readBody(request, Math.ceil((options.maxImageBytes / 3) * 4) + bodyBesideImageBytes)
    const { body, mistakes } = readGenerateBody(parseJson(raw))
    if (!body) {
      const [first, ...others] = mistakes
      for (const other of others) onMistake(other)
      throw violation({ status: 400, code: 'invalid_request', ...first! })
    }
    const photo = readImage(body.image)
    if (!Buffer.isBuffer(photo)) throw violation({ status: 400, code: 'invalid_request', ...photo })
    if (photo.length > options.maxImageBytes) throw tooLarge()
    const hash = createHash('sha256').update(raw).digest('hex')
    return { body, photo, hash, ...readMarkers(body.script.text) }
  }

  const accept = ({ body, photo, spoken, faults: asked }: Awaited<ReturnType<typeof read>>, from: Submission): Job => {
    if (!jobs.makeRoom()) {
      const headers = { 'Retry-After': '30' }
      throw new Refusal({ status: 429, code: 'rate_limited', message: 'Too many jobs are under way.', headers })
    }
    const job = jobs.accept(
      body,
      { photo, spoken, requestId: from.requestId, idempotencyKey: from.key },
      {
        job: faults.job(from.key ?? body.metadata.generation_id, asked),
        wire: asked.filter(isWire).filter(({ on }) => on !== 'submit'),
      },
    )
    options.onAccepted(job)
    return job
  }

  const answerFor = async (job: Job): Promise<Answer> => {
    if (!find(job.effects, 'sync')) {
      const isMinimal = switches.accepted === 'minimal' || find(job.effects, 'minimal') !== undefined
      return { status: 202, body: acceptedBody(job, isMinimal) }
    }
    await job.files
    return { status: 200, body: statusBody(job, jobs.stateOf(job), options.urlsOf(job)) }
  }

  return async (submission) => {
    const { key } = submission
    const submitted = await read(submission)
    const asker = key ?? submitted.body.metadata.generation_id
    const finish = strike(faults.wire('submit', asker, submitted.faults.filter(isWire)))
    const known = key !== null && switches.idempotency ? remembered.get(key) : undefined
    if (known && known.untilMs > nowMs()) {
      if (known.hash === submitted.hash) return finish(await known.answer)
      const message = 'This Idempotency-Key came with another body.'
      throw new Refusal({ status: 409, code: 'idempotency_conflict', message })
    }
    const answer = answerFor(accept(submitted, submission))
    if (key !== null) remember(key, submitted.hash, answer)
    return finish(await answer)
  }
}

function isWire(fault: Fault): fault is WireFault {
  return 'wire' in fault
}

/** A script's markers; one that nobody knows is refused, but is no violation of the contract. */
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
