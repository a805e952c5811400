/**
 * What every vendor's simulator stands on: a port for its API and one for files, outages, latency, `/_sandbox/`, records and
 * ordered faults. A simulator is a contract on that ground; it says what it documents and answers it:
 *
 *   export const createXSimulator = (options: SimulatorOptions & { makeMedia: MakeMedia }) =>
 *     createSimulator({ name: 'x', ...options }, { ownFaults: ['throttled'], switches: ['cancel'] }, (ground) => ({
 *       basePath: '/v1',
 *       routes: [{ name: 'POST /v1/things', method: 'POST', place: 'submit', pattern: /^\/things$/ }],
 *       rules: { key: { header: 'authorization', prefix: 'Bearer ' }, headers: ['x-version'] },
 *       async answer({ request, route, onMistake }) {
 *         const body = holdTo(thingBody, await readJson(request, maxBytes), onMistake)      // strict: mistakes are violations
 *         const { spoken, faults } = ground.faults.read(body.text, 'text')                  // the orders in [[...]]
 *         const finish = strike(ground.faults.wire(route.place, body.text, faults))         // a due fault strikes here …
 *         // … here the work is taken and counted; then
 *         return finish({ status: 200, body: { id } })                                      // … or here, after it was taken
 *       },
 *       errorBody: ({ code, message }) => ({ type: 'application/json', text: JSON.stringify({ code, message }) }),
 *       paid: () => ({ … }),                                                                // nobody may find his there twice
 *     }))
 *
 * `jobs.ts` makes films under a clock, `media-files.ts` serves them. A route that needs the key may answer with a file of its own
 * (`serve`). Throw `new Refusal({status, code, message})` for an error that the contract knows, `violation({…, field})` for a request
 * that it does not know. Time is the handed clock's alone: no timers of one's own.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiContract, createAnswerApi } from './answer-api.ts'
import { createChance } from './chance.ts'
import { controlPath, createControl } from './control.ts'
import { createFaultBook, type FaultBook, type Outage } from './fault-book.ts'
import type { Jobs, Paid } from './jobs.ts'
import { findCredential } from './media-files.ts'
import { createPort } from './port.ts'
import { createProfile, type Profile, type ProfileName } from './profiles.ts'
import { createRecords, type Records } from './records.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import type { Delivery, SimulatorControl } from './simulator-control.ts'
import { commonSwitches, defaultSwitches, type Switches } from './switches.ts'

/** What whoever starts a simulator says; the same for each of them. */
export interface SimulatorOptions {
  readonly clock: SimulatorClock
  /** The key that is let in. */
  readonly key: string
  /** Told of every request and of what goes wrong inside; default: nobody. */
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void
  /** 0 ≤ x < 1; for the tails of ids and for the profiles' chance. Default: the same numbers every time. */
  readonly random?: () => number
  /** Begins its ids; a sibling has another one. */
  readonly name?: string
  /** Default 'healthy'. */
  readonly profile?: ProfileName
  /** What the contract leaves open; see switches.ts. */
  readonly switches?: Partial<Switches>
}

/** What a contract is given to stand on. */
export interface Ground {
  readonly name: string
  readonly clock: SimulatorClock
  readonly random: () => number
  readonly profile: Profile
  /** For files; empty, removed at the end. */
  readonly directory: string
  readonly faults: FaultBook
  readonly records: Records
  readonly switches: Switches
  readonly log: (entry: Readonly<Record<string, unknown>>) => void
  /** Empty before `listen`. */
  readonly apiUrl: () => string
  readonly mediaUrl: () => string
}

export interface Contract extends ApiContract {
  /** Answers the port of the files; who brings a credential does not come so far. Absent: there is nothing there. */
  answerMedia?(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** The header that each answer names itself with. Default 'X-Request-ID'; null: none. */
  readonly requestIdHeader?: string | null
  /** Where it makes films. */
  readonly jobs?: Jobs
  /** What was accepted and billed. Default: its jobs'. */
  paid?(): Record<string, Paid>
  readonly deliveries?: readonly Delivery[]
  /** Resolves when nothing beside its jobs is under way. */
  settled?(): Promise<void>
  close?(): Promise<void> | void
}

export interface ContractTraits {
  /** Faults of its own kind, as fault.ts spells them. */
  readonly ownFaults?: readonly string[]
  /** What it leaves open. */
  readonly switches?: readonly (keyof Switches)[]
}

export interface Simulator {
  /** Defaults: 127.0.0.1 and free ports. `publicHost`: how others call this machine, where they do not call it `host`. */
  listen(where?: {
    host?: string
    publicHost?: string
    apiPort?: number
    mediaPort?: number
  }): Promise<{ apiUrl: string; mediaUrl: string }>
  /** Ends with the contract's base path. Empty before `listen`. */
  readonly apiUrl: string
  readonly mediaUrl: string
  readonly control: SimulatorControl
  /** Ends every connection and removes the files. */
  close(): Promise<void>
}

export async function createSimulator(
  options: SimulatorOptions & { readonly name: string },
  { ownFaults = [], switches: own = [] }: ContractTraits,
  createContract: (ground: Ground) => Contract,
): Promise<Simulator> {
  const { name, clock, key, log = () => {}, random = createChance(1) } = options
  const profile = createProfile(options.profile ?? 'healthy', { clock, random })
  const initial: Switches = { ...defaultSwitches, latencyMs: profile.latencyMs, ...options.switches }
  const switches = { ...initial }
  const known: readonly (keyof Switches)[] = [...commonSwitches, ...own]
  const directory = await mkdtemp(join(tmpdir(), `${name}-sandbox-`))
  const records = createRecords()
  const faults = createFaultBook(profile, ownFaults)
  let mediaUrl = ''
  let apiUrl = ''
  let cancelOutage = () => {}
  const urls = { apiUrl: () => apiUrl, mediaUrl: () => mediaUrl }
  const contract = createContract({ name, clock, random, profile, directory, faults, records, switches, log, ...urls })
  const { jobs, requestIdHeader = 'X-Request-ID' } = contract
  const answerApi = createAnswerApi({ ...contract, key, clock, records, switches })

  const onError = (error: unknown) =>
    log({ event: 'sandbox_error', error: error instanceof Error ? error.stack : String(error) })
  const apiPort = createPort({
    onError,
    answer: async (request, response) => {
      const id = `req_${randomUUID()}`
      if (requestIdHeader !== null) response.setHeader(requestIdHeader, id)
      if (request.url?.startsWith(controlPath)) return answerControl(request, response)
      const seen = await answerApi(request, response, id)
      log({ event: 'request', name, ...seen })
    },
  })
  const mediaPort = createPort({
    onError,
    answer: async (request, response) => {
      const where = findCredential(request, key)
      if (where) {
        const line = `${request.method} ${request.url?.split('?', 1)[0]}`
        records.leak({ at: clock.now().toISOString(), request: line.replaceAll(key, '***'), where })
        return void response.writeHead(400, { 'Content-Type': 'text/plain' }).end('A credential has no business here.')
      }
      await (contract.answerMedia?.(request, response) ?? response.writeHead(404).end())
    },
  })

  const setOutage = async (outage: Outage, seconds?: number): Promise<void> => {
    cancelOutage()
    const wasRefused = switches.outage === 'refused'
    switches.outage = outage
    if (outage === 'refused') await Promise.all([apiPort.pause(), mediaPort.pause()])
    else if (wasRefused) await Promise.all([apiPort.resume(), mediaPort.resume()])
    if (outage !== 'none' && seconds !== undefined) {
      cancelOutage = clock.after(seconds * 1000, () => void setOutage('none').catch(onError))
    }
  }

  const control: SimulatorControl = {
    violations: records.violations,
    leaks: records.leaks,
    deliveries: contract.deliveries ?? [],
    state: () => ({
      name,
      now: clock.now().toISOString(),
      jobs: (jobs?.list() ?? []).map((job) => {
        const { status, progress } = jobs!.stateOf(job)
        return { id: job.id, paidFor: job.paidFor, status, progress, seconds: job.seconds }
      }),
      counts: records.counts(),
      paid: contract.paid?.() ?? jobs?.paid() ?? {},
      violations: [...records.violations],
      leaks: [...records.leaks],
      requests: [...records.requests],
      deliveries: [...(contract.deliveries ?? [])],
      faults: faults.list(),
      switches: Object.fromEntries(known.map((each) => [each, switches[each]])),
    }),
    knows: (switchName) => known.some((each) => each === switchName),
    setFault: faults.set,
    set: (changed) => void Object.assign(switches, changed),
    setOutage,
    clearFaults() {
      faults.clear()
      const { outage } = switches
      Object.assign(switches, initial, { outage })
      void setOutage(initial.outage).catch(onError)
    },
    clearRecords: records.clear,
    async settled() {
      await jobs?.settled()
      await contract.settled?.()
    },
    ...(clock.advance && { advance: clock.advance }),
  }

  const answerControl = createControl(control)

  return {
    async listen({ host = '127.0.0.1', publicHost = hostInUrl(host), apiPort: api = 0, mediaPort: media = 0 } = {}) {
      apiUrl = `http://${publicHost}:${await apiPort.listen(host, api)}${contract.basePath}`
      mediaUrl = `http://${publicHost}:${await mediaPort.listen(host, media)}`
      return { apiUrl, mediaUrl }
    },
    get apiUrl() {
      return apiUrl
    },
    get mediaUrl() {
      return mediaUrl
    },
    control,
    async close() {
      cancelOutage()
      await contract.close?.()
      await Promise.all([apiPort.close(), mediaPort.close()])
      await jobs?.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Who listens everywhere is spoken to on this machine. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return isIPv6(host) ? `[${host}]` : host
}
