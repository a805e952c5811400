/**
 * What every provider must do: `describeProvider` holds for all of them, `describeVendor` for those that are asked over a network.
 * After each test the simulator has seen nothing undocumented, and no secret is in anything answered, thrown or logged.
 *
 * Each rule was broken once in the veo3 adapter (or the network room), and what saw it:
 *   absent without its environment <- made without a key ........................ 'may be empty: then it is not there'
 *   loud with half of it <- mistakes not thrown ................................. 'stops the start when it is half, …'
 *   operation survives JSON <- a Date put into it ............................... 'resumes an operation that went through JSON, …'
 *   same key, same operation <- key made anew each time, or sent twice .......... 'says so, and the same key is the same call'
 *   finished without output is a failure <- no address, a 404 taken as a file .... 'has failed where it is done without …'
 *   a policy verdict keeps its class <- read as bad input, as a failed job ...... 'names what …: policy', 'tells a failed job from …'
 *   a rate limit carries its wait <- Retry-After not read ....................... 'names what …: rate-limit'
 *   an outage is named <- told as cut off ....................................... 'cannot reach a vendor that is down, …'
 *   a timeout is named <- told as unreachable ................................... 'names what …: silence'
 *   a bad shape is named <- read as an empty reply .............................. 'throws the same where a status …: unreadable'
 *   abort stops <- signal not handed on, or not heard while waiting ............. 'stops asking …', 'stops waiting for an answer …'
 *   nothing undocumented <- one query, one header, one field more ............... every test: the simulator's violations
 *   secrets are never logged <- headers in the log line, key in a cause ......... every test: the canaries
 *   the key goes to no other origin <- a credential to where files lie .......... 'delivers files …': the simulator's leaks
 *   unknown status is pending <- taken as failed ................................ 'takes a status that it does not know as pending'
 *   an answer at once finishes <- polled ........................................ 'finishes a call that the vendor answers at once'
 *   few words are enough <- request_id required ................................. 'needs no more than the vendor must say'
 *   progress is a share <- hundredths told as wholes ............................ 'says how far it is, …'
 *   cancelling what is done is no <- yes to everything .......................... 'cancels a job …'
 *   webhooks are verified <- signature, then age not looked at .................. 'knows the webhooks of its vendor, …', 'refuses …'
 *   what it pays for is told <- a short speech not told ......................... 'asks for whole seconds …'
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { type Fault, VendorFailure } from '../../src/errors.ts'
import type { FileRequest } from '../../src/network/fetch-file.ts'
import { sentSeconds } from '../../src/providers/model.ts'
import type {
  CallContext,
  CallOutcome,
  CallPlan,
  CallResult,
  EndedCall,
  Json,
  Material,
  OperationStatus,
  Provider,
  SpeakingRequest,
  WebhookRequest,
} from '../../src/providers/provider.ts'

export interface ProviderRig {
  readonly provider: Provider
  /** One that the provider can carry out. */
  readonly request: SpeakingRequest
  /** What the core would have made for it. */
  readonly material?: Material
  /** The call that is paid and asked about here; those before it are made quietly. Absent: the first. */
  readonly mainCall?: string
  /** Lets the calls that were accepted come to their end. */
  finish(): Promise<void>
  close(): Promise<void>
}

export type Place = 'submit' | 'status' | 'cancel' | 'probe'
/** How an answer may go wrong. 'silence' and 'cut' come after what was asked for is done. */
export type WireTrouble =
  | 'bad-input'
  | 'too-large'
  | 'policy'
  | 'key'
  | 'credit'
  | 'rate-limit'
  | 'server-error'
  | 'unreadable'
  | 'silence'
  | 'cut'
/** What may become of a job. */
export type JobTrouble =
  | 'fails'
  | 'refused'
  | 'has-no-file'
  | 'has-no-address'
  | 'unknown-status'
  | 'is-done-at-once'
  | 'is-told-in-few-words'

/** What not every vendor has: its contract says nothing of it. */
export type Trait = 'request-id' | 'progress' | 'job-id' | 'cancel' | WireTrouble | JobTrouble

/** A provider with the simulator of its vendor. Nothing waits for real time. */
export interface VendorRig extends ProviderRig {
  /** Traits that this vendor has not. Each is a fact of its contract, said in the rig. */
  readonly lacks?: readonly Trait[]
  /** The same provider in a process that has not seen anything yet. */
  fresh(): Provider
  /** From now on, at that place; 'rate-limit' asks to wait for 7 seconds. */
  trouble(on: Place, what: WireTrouble): void
  troubleJobs(what: JobTrouble): void
  wellAgain(): void
  /** What happens once the vendor has heard a request and is silent; until it is said: all the time that there is goes by. */
  whenSilent(run: () => void): void
  /** Lets half of the time go by that a job takes. */
  goHalfway(): Promise<void>
  /** Nobody listens any more. */
  goDown(): Promise<void>
  comeBack(): Promise<void>
  /** Paid calls that the vendor took. */
  accepted(): number
  fetchFile(request: Omit<FileRequest, 'maxBytes' | 'timeoutMs' | 'idleTimeoutMs' | 'signal'>): Promise<unknown>
  /** Where it can send webhooks, and those that came; the last argument lets it send forged ones. */
  readonly webhooks: { readonly url: string; received(): readonly WebhookRequest[]; forge(): void }
  /** What must be seen by nobody but the vendor. */
  readonly secrets: readonly string[]
  /** Everything that was logged. */
  logged(): string
  /** Requests that the vendor's contract does not know, and keys that came to where files lie. */
  mistakes(): readonly unknown[]
}

export interface Subject<R extends ProviderRig> {
  open(options?: { readonly dedupes?: boolean }): Promise<R>
}

const callContext = (scratch: string, more: Partial<CallContext> = {}): CallContext => ({
  idempotencyKey: 'cal_1',
  signal: new AbortController().signal,
  scratch,
  onProgress: () => {},
  callbackUrl: null,
  ended: [],
  material: {},
  ...more,
})

/** Opens a rig for each test. */
function useRig<R extends ProviderRig>(subject: Subject<R>, dedupes = true) {
  const at = { scratch: '' } as { rig: R; scratch: string }
  beforeEach(async () => {
    at.scratch = await mkdtemp(join(tmpdir(), 'provider-'))
    at.rig = await subject.open({ dedupes })
  })
  afterEach(async () => {
    await at.rig.close()
    await rm(at.scratch, { recursive: true, force: true })
  })
  let before: { readonly plan: CallPlan; readonly ended: readonly EndedCall[] } | null = null
  beforeEach(() => {
    before = null
  })
  const start = async (
    more: Partial<CallContext> = {},
    request: Partial<SpeakingRequest> = {},
  ): Promise<CallOutcome> => {
    const asked = { ...at.rig.request, ...request }
    before ??= await untilMain(at.rig, asked, at.scratch)
    const { plan, ended } = before
    const { material = {} } = at.rig
    return at.rig.provider.start(plan, asked, callContext(at.scratch, { ended, material, ...more }))
  }
  return {
    at,
    start,
    /** What comes next is another attempt. */
    anew: () => {
      before = null
    },
  }
}

/** Makes the calls before the main one. */
async function untilMain(rig: ProviderRig, request: SpeakingRequest, scratch: string) {
  const ended: EndedCall[] = []
  let plan = rig.provider.plan(request)
  while (rig.mainCall !== undefined && plan.name !== rig.mainCall) {
    ended.push(await endOf(rig, plan, request, ended, scratch))
    plan = callAfter(rig, request, ended)
  }
  return { plan, ended }
}

function callAfter(rig: ProviderRig, request: SpeakingRequest, ended: readonly EndedCall[]): CallPlan {
  const next = rig.provider.next(request, ended)
  if (typeof next === 'string') throw new Error(`it is ${next} before its main call`)
  return next
}

async function endOf(
  rig: ProviderRig,
  plan: CallPlan,
  request: SpeakingRequest,
  ended: readonly EndedCall[],
  scratch: string,
): Promise<EndedCall & CallResult> {
  const { material = {} } = rig
  const context = callContext(scratch, { idempotencyKey: `cal_${plan.name}`, ended, material })
  const result = await resultOf(rig, await rig.provider.start(plan, request, context), scratch)
  return { ...result, name: plan.name, state: 'completed', keeps: result.keeps ?? null }
}

export function describeProvider(name: string, subject: Subject<ProviderRig>): void {
  describe(`${name} as a provider`, () => {
    const { at, start } = useRig(subject)

    it('states facts that hold together', () => {
      const { id, models, limits, polling, status } = at.rig.provider
      expect(models.length).toBeGreaterThan(0)
      for (const model of models) {
        expect([model.provider, model.id.split('/')[0]]).toEqual([id, id])
        expect(model.seconds.min).toBeLessThanOrEqual(model.seconds.max)
        expect(model.languages.every((language) => /^[a-z]{2,3}$/.test(language))).toBe(true)
        for (const { micros, currency, from, source } of model.prices) {
          expect(Number.isSafeInteger(micros) && micros >= 0).toBe(true)
          expect(currency).toMatch(/^[A-Z]{3}$/)
          expect(from).toMatch(/^\d{4}-\d\d-\d\d$/)
          expect(source).not.toBe('')
        }
      }
      expect(limits.timeoutSeconds).toBeGreaterThan(0)
      expect(limits.maxFileBytes).toBeGreaterThan(0)
      expect(Boolean(polling)).toBe(Boolean(status))
    })

    it('plans the same calls whenever it is asked, and comes to an end', () => {
      const { provider, request } = at.rig
      for (const state of ['completed', 'lost'] as const) {
        const ended: EndedCall[] = []
        let call: ReturnType<Provider['next']> = provider.plan(request)
        while (typeof call !== 'string') {
          const { name } = call
          expect(ended.map((each) => each.name)).not.toContain(name)
          ended.push({ name, state: call.optional ? state : 'completed', keeps: null })
          expect(ended.length).toBeLessThan(50)
          call = provider.next(request, ended)
          expect(provider.next(request, JSON.parse(JSON.stringify(ended)))).toEqual(call)
        }
        expect(provider.plan(request).name).toBe(ended[0]?.name)
        if (state === 'completed') expect(call).toBe('done')
      }
    })

    it('tells what it does otherwise in JSON, the same each time', () => {
      const { provider, request } = at.rig
      const told = provider.adjust(request)
      expect(JSON.parse(JSON.stringify(told))).toEqual(told)
      expect(provider.adjust(request)).toEqual(told)
      for (const { setting, why } of told) expect([setting !== '', /^[A-Z].*\.$/.test(why)]).toEqual([true, true])
    })

    it('comes to what its model yields, call by call', async () => {
      const { rig } = at
      const roles: string[] = []
      const ended: EndedCall[] = []
      for (let call: ReturnType<Provider['next']> = rig.provider.plan(rig.request); typeof call !== 'string'; ) {
        const { outputs, ...end } = await endOf(rig, call, rig.request, ended, at.scratch)
        expect(JSON.parse(JSON.stringify(end.keeps))).toEqual(end.keeps)
        expect(new Set(outputs.map(({ role }) => role)).size).toBe(outputs.length)
        roles.push(...outputs.map(({ role }) => role))
        ended.push(end)
        call = rig.provider.next(rig.request, ended)
      }
      const yielded = { 'key-frames': 'image', speech: 'speech' } as Readonly<Record<string, string>>
      expect(roles).toContain(yielded[rig.provider.models[0]!.yields] ?? 'video')
    })

    it('stops when it is told to, with the reason', async () => {
      const reason = new Error('cancelled')
      await expect(start({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    })
  })
}

/** What the call comes to. Pending must not last. */
async function resultOf(rig: ProviderRig, outcome: CallOutcome, scratch: string): Promise<CallResult> {
  if (outcome.kind === 'finished') return outcome
  await rig.finish()
  const status = await rig.provider.status!(outcome.operation, { signal: new AbortController().signal, scratch })
  if (status.kind !== 'completed') throw status.kind === 'failed' ? status.failure : new Error('it is still pending')
  return status
}

/** @param neverDedupes the contract knows no keys at all */
export function describeVendor(
  name: string,
  subject: Subject<VendorRig>,
  { neverDedupes = false }: { readonly neverDedupes?: boolean } = {},
): void {
  describe(`${name} as a vendor's provider`, () => {
    const { at, start, anew } = useRig(subject)
    /** Everything that came back or was thrown in a test. */
    let seen: unknown[] = []

    beforeEach(() => {
      seen = []
    })
    afterEach(() => {
      expect(at.rig.mistakes()).toEqual([])
      const everything = `${at.rig.logged()} ${seen.map(textOf).join(' ')}`
      for (const secret of at.rig.secrets) expect(everything).not.toContain(secret)
    })

    const look = async (
      operation: Json,
      signal = new AbortController().signal,
      provider = at.rig.provider,
    ): Promise<OperationStatus> => {
      const status = await provider.status!(operation, { signal, scratch: at.scratch })
      seen.push(status)
      return status
    }
    const operationOf = async (outcome: Promise<CallOutcome>): Promise<Json> => {
      const started = await outcome
      seen.push(started)
      if (started.kind !== 'operation') throw new Error('it is no operation')
      return started.operation
    }
    const failureOf = async (work: Promise<unknown>): Promise<VendorFailure> => {
      const error = await work.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      seen.push(error)
      if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
      return error
    }

    const has = (trait: Trait) => !at.rig.lacks?.includes(trait)

    it('answers an operation with the names that the vendor gave it', async () => {
      const started = await start()
      seen.push(started)
      const names = [...(has('job-id') ? ['jobId'] : []), ...(has('request-id') ? ['requestId'] : [])]
      expect(started).toMatchObject({
        kind: 'operation',
        ...Object.fromEntries(names.map((name) => [name, expect.any(String)])),
      })
    })

    it('resumes an operation that went through JSON, in a fresh provider', async () => {
      const operation = await operationOf(start())
      const stored: Json = JSON.parse(JSON.stringify(operation))
      expect(stored).toEqual(operation)
      const { signal } = new AbortController()
      expect(await look(stored, signal, at.rig.fresh())).toMatchObject({ kind: 'pending' })
      await at.rig.finish()
      expect((await look(stored, signal, at.rig.fresh())).kind).toBe('completed')
    })

    it('says how far it is, never 1 before it is done', async () => {
      if (!has('progress')) return
      const operation = await operationOf(start())
      const fractions: number[] = []
      for (const moveOn of [async () => {}, at.rig.goHalfway]) {
        await moveOn()
        const status = await look(operation)
        if (status.kind !== 'pending' || !status.progress) throw new Error('it tells no progress')
        const { fraction, done, total } = status.progress
        expect(fraction).toBeCloseTo(done / total)
        fractions.push(fraction)
      }
      const [first = -1, later = -1] = fractions
      expect([first >= 0, later > first, later < 1]).toEqual([true, true, true])
    })

    it('delivers files that can be fetched without a credential, or that it opens itself', async () => {
      const { outputs } = await resultOf(at.rig, await start(), at.scratch)
      const { signal } = new AbortController()
      for (const output of outputs) {
        if ('file' in output) continue
        const to = join(at.scratch, output.role)
        if ('url' in output) await at.rig.fetchFile({ url: output.url, to })
        else await writeFile(to, await at.rig.provider.open!(JSON.parse(JSON.stringify(output.opened)), { signal }))
        expect((await stat(to)).size).toBeGreaterThan(0)
      }
    })

    it('asks for whole seconds that it can make, and tells when they are more than the speech', async () => {
      const { provider, request } = at.rig
      const [model] = provider.models
      if (!model?.seconds.whole) return
      const short = { ...request, speechSeconds: 2.4 }
      const seconds = sentSeconds(model, 2.4)
      expect(provider.adjust(short).some(({ setting }) => setting === 'duration')).toBe(seconds > 3.4)
      await start({}, short)
    })

    it('finishes a call that the vendor answers at once', async () => {
      if (!has('is-done-at-once')) return
      at.rig.troubleJobs('is-done-at-once')
      const started = await start()
      seen.push(started)
      expect(started).toMatchObject({ kind: 'finished' })
    })

    it('needs no more than the vendor must say', async () => {
      if (!has('is-told-in-few-words')) return
      at.rig.troubleJobs('is-told-in-few-words')
      const operation = await operationOf(start())
      await at.rig.finish()
      expect((await look(operation)).kind).toBe('completed')
    })

    it('takes a status that it does not know as pending', async () => {
      if (!has('unknown-status')) return
      at.rig.troubleJobs('unknown-status')
      const operation = await operationOf(start())
      await at.rig.goHalfway()
      expect((await look(operation)).kind).toBe('pending')
      await at.rig.finish()
      expect((await look(operation)).kind).toBe('completed')
    })

    it('tells a failed job from a refused one', async () => {
      for (const [trouble, fault] of [
        ['fails', 'vendor-failed'],
        ['refused', 'policy'],
      ] as const) {
        if (!has(trouble)) continue
        anew()
        at.rig.troubleJobs(trouble)
        const operation = await operationOf(start({ idempotencyKey: `cal_${trouble}` }))
        await at.rig.finish()
        expect(await look(operation)).toMatchObject({ kind: 'failed', failure: { fault } })
      }
    })

    it('has failed where it is done without an address', async () => {
      if (!has('has-no-address')) return
      at.rig.troubleJobs('has-no-address')
      const operation = await operationOf(start())
      await at.rig.finish()
      expect(await look(operation)).toMatchObject({ kind: 'failed', failure: { fault: 'bad-output' } })
    })

    it('has failed where it is done without a file', async () => {
      if (!has('has-no-file')) return
      at.rig.troubleJobs('has-no-file')
      const { outputs } = await resultOf(at.rig, await start(), at.scratch)
      const video = outputs.find(({ role }) => role === 'video')
      if (!video || 'file' in video) throw new Error('there is no address')
      const { signal } = new AbortController()
      const got =
        'url' in video
          ? at.rig.fetchFile({ url: video.url, to: join(at.scratch, 'video') })
          : at.rig.provider.open!(video.opened, { signal })
      expect((await failureOf(got)).fault).toBe('bad-output')
      await expect(stat(join(at.scratch, 'video'))).rejects.toMatchObject({ code: 'ENOENT' })
    })

    const faults: readonly (readonly [WireTrouble, Fault])[] = [
      ['bad-input', 'bad-input'],
      ['too-large', 'too-large'],
      ['policy', 'policy'],
      ['key', 'key'],
      ['credit', 'credit'],
      ['rate-limit', 'rate-limit'],
      ['server-error', 'server-error'],
      ['unreadable', 'bad-answer'],
      ['silence', 'cut-off'],
      ['cut', 'cut-off'],
    ]

    it.each(faults)('names what the vendor does with a submission: %s is %s', async (trouble, fault) => {
      if (!has(trouble)) return
      const takenBefore = at.rig.accepted()
      at.rig.trouble('submit', trouble)
      const failure = await failureOf(start())
      expect(failure.fault).toBe(fault)
      // Only what may have been accepted may be called so.
      expect(at.rig.accepted() > takenBefore).toBe(['bad-answer', 'cut-off'].includes(fault))
      if (trouble === 'rate-limit') expect(failure.retryAfterSeconds).toBe(7)
    })

    it.each(faults)(
      'throws the same where a status is asked for, and the job goes on: %s is %s',
      async (trouble, fault) => {
        if (!has(trouble)) return
        const operation = await operationOf(start())
        at.rig.trouble('status', trouble)
        expect((await failureOf(look(operation))).fault).toBe(fault)
        at.rig.wellAgain()
        await at.rig.finish()
        expect((await look(operation)).kind).toBe('completed')
      },
    )

    it('cannot reach a vendor that is down, and takes up again what it began', async () => {
      const operation = await operationOf(start())
      await at.rig.goDown()
      const { signal } = new AbortController()
      for (const ask of [
        () => start(),
        () => look(operation),
        async () => (has('cancel') && at.rig.provider.cancel?.(operation, { signal })) || start(),
        async () => at.rig.provider.knows?.(at.rig.provider.models[0]!.id, { signal }) ?? start(),
        async () => at.rig.provider.probe?.({ signal }) ?? start(),
      ]) {
        expect((await failureOf(ask())).fault).toBe('unreachable')
      }
      await at.rig.comeBack()
      await at.rig.finish()
      expect((await look(operation)).kind).toBe('completed')
      expect(at.rig.accepted()).toBe(1)
    })

    it('stops asking when it is told to, with the reason', async () => {
      const operation = await operationOf(start())
      const signal = AbortSignal.abort(new Error('cancelled'))
      const { provider } = at.rig
      for (const ask of [
        () => start({ signal }),
        () => look(operation, signal),
        async () => (has('cancel') && provider.cancel?.(operation, { signal })) || Promise.reject(signal.reason),
        async () => provider.probe?.({ signal }) ?? Promise.reject(signal.reason),
      ]) {
        await expect(ask()).rejects.toBe(signal.reason)
      }
      expect(at.rig.accepted()).toBe(1)
    })

    it.each(['submit', 'status'] as const)(
      'stops waiting for an answer when it is told to, with the reason: %s',
      async (place) => {
        const operation = await operationOf(start())
        const controller = new AbortController()
        const reason = new Error('cancelled')
        at.rig.trouble(place, 'silence')
        at.rig.whenSilent(() => controller.abort(reason))
        const { signal } = controller
        const asked = place === 'submit' ? start({ signal, idempotencyKey: 'cal_2' }) : look(operation, signal)
        await expect(asked).rejects.toBe(reason)
      },
    )

    it('cancels a job that is at work, and says that it cannot cancel one that is done', async () => {
      const { provider } = at.rig
      if (!provider.cancel) return
      const { signal } = new AbortController()
      if (!has('cancel')) return expect(await provider.cancel(await operationOf(start()), { signal })).toBe(false)
      const [early, late] = [await operationOf(start()), await operationOf(start({ idempotencyKey: 'cal_2' }))]
      expect(await provider.cancel(early, { signal })).toBe(true)
      expect(await look(early)).toMatchObject({ kind: 'failed', failure: { fault: 'vendor-failed' } })
      await at.rig.finish()
      expect(await provider.cancel(late, { signal })).toBe(false)
    })

    it('asks the vendor how it is', async () => {
      const { provider } = at.rig
      if (!provider.probe) return
      const { signal } = new AbortController()
      expect(await provider.probe({ signal })).toEqual({ status: 200 })
      at.rig.trouble('probe', 'server-error')
      expect((await provider.probe({ signal })).status).toBeGreaterThanOrEqual(500)
    })

    it('knows the webhooks of its vendor, and no others', async () => {
      const { provider, webhooks } = at.rig
      if (!provider.webhook) return
      const started = await start({ callbackUrl: webhooks.url })
      await at.rig.finish()
      const received = webhooks.received()
      expect(received.length).toBeGreaterThan(0)
      const jobId = started.kind === 'operation' ? started.jobId : undefined
      for (const hook of received) {
        const verdict = provider.webhook(hook)
        seen.push(verdict)
        expect(verdict).toMatchObject({ kind: 'hint', jobId, eventId: expect.any(String) })
        const changed = { ...hook, rawBody: Buffer.from(String(hook.rawBody).replace(/"(job_id|id)":"/, '"$1":"x')) }
        expect(provider.webhook(changed)).toMatchObject({ kind: 'refused' })
        const old = { ...hook, now: new Date(hook.now.getTime() + 3_600_000) }
        expect(provider.webhook(old)).toMatchObject({ kind: 'refused' })
        expect(provider.webhook({ ...hook, headers: {} })).toMatchObject({ kind: 'refused' })
      }
    })

    it('refuses webhooks that somebody else signed', async () => {
      const { provider, webhooks } = at.rig
      if (!provider.webhook) return
      webhooks.forge()
      await start({ callbackUrl: webhooks.url })
      await at.rig.finish()
      const verdicts = webhooks.received().map((hook) => provider.webhook!(hook).kind)
      expect(verdicts).toContain('refused')
      expect(verdicts).toContain('hint')
    })

    it('sends the photo itself, not where it lies', async () => {
      const photo = await readFile(at.rig.request.photo.path)
      expect(photo.length).toBeGreaterThan(0)
      await start()
      expect(at.rig.logged()).not.toContain(at.rig.request.photo.path)
    })
  })

  if (!neverDedupes)
    describe(`${name} where the vendor knows a repeated key`, () => {
      const { at, start } = useRig(subject, true)

      it('says so, and the same key is the same call', async () => {
        expect(at.rig.provider.models.every(({ dedupesByKey }) => dedupesByKey)).toBe(true)
        const [first, again] = [await start(), await start()]
        expect(again).toEqual(first)
        expect(at.rig.accepted()).toBe(1)
        expect(await start({ idempotencyKey: 'cal_2' })).not.toEqual(first)
        expect(at.rig.accepted()).toBe(2)
      })

      it('finds with it what it had begun when the answer was lost', async () => {
        at.rig.trouble('submit', 'cut')
        await expect(start()).rejects.toMatchObject({ fault: 'cut-off' })
        at.rig.wellAgain()
        expect((await start()).kind).toBe('operation')
        expect(at.rig.accepted()).toBe(1)
      })
    })

  describe(`${name} where the vendor ignores keys`, () => {
    const { at } = useRig(subject, false)

    it('says that nothing may be sent twice', () => {
      expect(at.rig.provider.models.some(({ dedupesByKey }) => dedupesByKey)).toBe(false)
    })
  })
}

/** What must hold of a vendor that answers with the finished work, and of which nothing can be asked afterwards. */
export function describeSynchronousVendor(name: string, subject: Subject<VendorRig>): void {
  describe(`${name} as a vendor's provider that answers at once`, () => {
    const { at, start } = useRig(subject, false)
    let seen: unknown[] = []

    beforeEach(() => {
      seen = []
    })
    afterEach(() => {
      expect(at.rig.mistakes()).toEqual([])
      const everything = `${at.rig.logged()} ${seen.map(textOf).join(' ')}`
      for (const secret of at.rig.secrets) expect(everything).not.toContain(secret)
    })
    const failureOf = async (work: Promise<unknown>): Promise<VendorFailure> => {
      const error = await work.then(
        () => null,
        (thrown: unknown) => thrown,
      )
      seen.push(error)
      if (!(error instanceof VendorFailure)) throw error ?? new Error('nothing was thrown')
      return error
    }
    const has = (trait: Trait) => !at.rig.lacks?.includes(trait)

    it('finishes with files of its own making', async () => {
      const outcome = await start()
      seen.push(outcome)
      if (outcome.kind !== 'finished') throw new Error('it is not finished')
      for (const output of outcome.outputs) {
        if (!('file' in output)) throw new Error('it is no file')
        expect((await stat(output.file)).size).toBeGreaterThan(0)
      }
      expect(at.rig.accepted()).toBe(1)
    })

    it('says that nothing may be sent twice, and that nothing can be asked about it', () => {
      const { models, status, find } = at.rig.provider
      expect([models.some(({ dedupesByKey }) => dedupesByKey), status, find]).toEqual([false, undefined, undefined])
    })

    const faults: readonly (readonly [WireTrouble, Fault])[] = [
      ['bad-input', 'bad-input'],
      ['too-large', 'too-large'],
      ['policy', 'policy'],
      ['key', 'key'],
      ['credit', 'credit'],
      ['rate-limit', 'rate-limit'],
      ['server-error', 'server-error'],
      ['unreadable', 'bad-answer'],
      ['silence', 'cut-off'],
      ['cut', 'cut-off'],
    ]
    it.each(faults)('names what the vendor does with a submission: %s is %s', async (trouble, fault) => {
      if (!has(trouble)) return
      at.rig.trouble('submit', trouble)
      const failure = await failureOf(start())
      expect(failure.fault).toBe(fault)
      // Only what may have been accepted may be called so.
      expect(at.rig.accepted() > 0).toBe(['bad-answer', 'cut-off'].includes(fault))
      if (trouble === 'rate-limit') expect(failure.retryAfterSeconds).toBe(7)
    })

    it('cannot reach a vendor that is down', async () => {
      await at.rig.goDown()
      const { signal } = new AbortController()
      expect((await failureOf(start())).fault).toBe('unreachable')
      const { probe, knows } = at.rig.provider
      if (probe) expect((await failureOf(probe({ signal }))).fault).toBe('unreachable')
      if (knows) expect((await failureOf(knows(at.rig.provider.models[0]!.id, { signal }))).fault).toBe('unreachable')
    })

    it('stops waiting for an answer when it is told to, with the reason', async () => {
      const controller = new AbortController()
      const reason = new Error('cancelled')
      at.rig.trouble('submit', 'silence')
      at.rig.whenSilent(() => controller.abort(reason))
      await expect(start({ signal: controller.signal })).rejects.toBe(reason)
    })

    it('asks the vendor how it is', async () => {
      const { provider } = at.rig
      if (!provider.probe) return
      const { signal } = new AbortController()
      expect(await provider.probe({ signal })).toEqual({ status: 200 })
      at.rig.trouble('probe', 'server-error')
      expect((await provider.probe({ signal })).status).toBeGreaterThanOrEqual(500)
    })
  })
}

/** A provider is there when its environment is whole, and stops the start when it is half. */
export function describeEnvironment(
  id: string,
  {
    has,
    halves,
  }: {
    readonly has: (environment: NodeJS.ProcessEnv) => boolean
    readonly halves: readonly (readonly [NodeJS.ProcessEnv, missing: string])[]
  },
): void {
  describe(`the environment of ${id}`, () => {
    it('may be empty: then it is not there', () => {
      expect(has({})).toBe(false)
    })

    it.each(halves)('stops the start when it is half, and names what is missing: %j', (environment, missing) => {
      expect(() => readConfig(environment)).toThrow(new RegExp(`${missing}.*is not set`))
    })
  })
}

/** Everything that an error or a value holds, causes and stacks included. */
function textOf(value: unknown): string {
  if (!(value instanceof Error))
    return JSON.stringify(value, (_, each) => (each instanceof Error ? textOf(each) : each)) ?? ''
  return [value.message, value.stack, JSON.stringify({ ...value }), textOf(value.cause)].join(' ')
}
