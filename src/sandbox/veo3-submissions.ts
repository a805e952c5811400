/** POST /video/generate: its body held to the contract, its Idempotency-Key remembered, a job made of it. */
import { createHash } from 'node:crypto'
import type { Asked } from './answer-api.ts'
import { holdTo, parseJson } from './check-body.ts'
import { type FaultBook, isWire } from './fault-book.ts'
import { find, type Job, type Jobs } from './jobs.ts'
import { readBody } from './read-body.ts'
import { Refusal, violation } from './refusal.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import { type Answer, strike } from './strike.ts'
import type { Switches } from './switches.ts'
import { acceptedBody, statusBody } from './veo3-answers.ts'
import { generateBody, readImage, sizeOf } from './veo3-generate-body.ts'

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

const keyLivesMs = 24 * 60 * 60 * 1000
/** Room for everything in a body that is not the image. */
const bodyBesideImageBytes = 64 * 1024

export function createSubmissions(options: SubmissionsOptions): (asked: Asked) => Promise<Answer> {
  const { clock, jobs, faults, switches } = options
  const remembered = new Map<string, { hash: string; untilMs: number; answer: Promise<Answer> }>()
  const nowMs = () => clock.now().getTime()

  const remember = (key: string, hash: string, answer: Promise<Answer>): void => {
    remembered.delete(key)
    remembered.set(key, { hash, untilMs: nowMs() + keyLivesMs, answer })
    const oldest = remembered.keys().next().value
    if (remembered.size > options.maxKeys && oldest !== undefined) remembered.delete(oldest)
  }

  const read = async ({ request, onMistake }: Asked) => {
    const maxBytes = Math.ceil((options.maxImageBytes / 3) * 4) + bodyBesideImageBytes
    const raw = await readBody(request, maxBytes, tooLarge())
    const body = holdTo(generateBody, parseJson(raw), onMistake)
    const photo = readImage(body.image)
    if (!Buffer.isBuffer(photo)) throw violation({ status: 400, code: 'invalid_request', ...photo })
    if (photo.length > options.maxImageBytes) throw tooLarge()
    const hash = createHash('sha256').update(raw).digest('hex')
    return { body, photo, hash, ...faults.read(body.script.text, 'script.text') }
  }

  const accept = ({ body, photo, spoken, faults: ordered }: Awaited<ReturnType<typeof read>>, asked: Asked): Job => {
    if (!jobs.makeRoom()) {
      const headers = { 'Retry-After': '30' }
      throw new Refusal({ status: 429, code: 'rate_limited', message: 'Too many jobs are under way.', headers })
    }
    const effects = faults.job(asked.idempotencyKey ?? body.metadata.generation_id, ordered).map(({ job }) => job)
    const job = jobs.accept({
      paidFor: body.metadata.generation_id,
      requestId: asked.requestId,
      callbackUrl: body.callback_url ?? null,
      media: {
        photo,
        photoFormat: body.image.format,
        script: spoken,
        voice: body.script.voice_settings,
        lipSync: body.generation_config.lip_sync_enabled,
        animationStrength: body.generation_config.facial_animation_strength,
        seconds: body.video_config.duration_seconds,
        ...sizeOf(body.video_config),
        fps: body.video_config.fps,
        maxKilobitsPerSecond: body.video_config.bitrate,
      },
      effects,
      wireFaults: ordered.filter(isWire).filter(({ on }) => on !== 'submit'),
    })
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

  return async (asked) => {
    const key = asked.idempotencyKey
    const submitted = await read(asked)
    const asker = key ?? submitted.body.metadata.generation_id
    const finish = strike(faults.wire('submit', asker, submitted.faults))
    const known = key !== null && switches.idempotency ? remembered.get(key) : undefined
    if (known && known.untilMs > nowMs()) {
      if (known.hash === submitted.hash) return finish(await known.answer)
      const message = 'This Idempotency-Key came with another body.'
      throw new Refusal({ status: 409, code: 'idempotency_conflict', message })
    }
    const answer = answerFor(accept(submitted, asked))
    if (key !== null) remember(key, submitted.hash, answer)
    return finish(await answer)
  }
}

function tooLarge(): Refusal {
  return new Refusal({ status: 413, code: 'image_too_large', field: 'image.data', message: 'The image is too large.' })
}
