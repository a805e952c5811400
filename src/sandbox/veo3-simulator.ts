/**
 * A strict simulator of the veo3 wire contract: the API on one port, the finished files on a second one, no network beyond.
 *
 *   const simulator = await createVeo3Simulator({ clock, makeMedia, key: 'k', webhookSecret: 's' })
 *   const { apiUrl, mediaUrl } = await simulator.listen()          // free ports on loopback; apiUrl ends in /v1
 *   …                                                               // talk to it as to the vendor
 *   clock.advance(6000); await simulator.control.settled()          // with a virtual clock
 *   expect(simulator.control.violations).toEqual([])                // nothing undocumented was asked
 *   expect(simulator.control.leaks).toEqual([])                     // the key went to nobody else
 *   expect(simulator.control.state().paid).toEqual({ gen_1: { accepted: 1, billedSeconds: 15 } })
 *   await simulator.close()
 *
 * Faults are asked for in script.text (`[[http:429:retry=2]]`), with control.setFault('http:503:on=status:times=2'), or by a
 * profile; docs/sandbox.md lists them.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApi } from './api.ts'
import { createChance } from './chance.ts'
import { basePath } from './check-request.ts'
import { controlPath, createControl } from './control.ts'
import { createFaultBook, type Outage } from './fault-book.ts'
import { createJobs, type Job } from './jobs.ts'
import { createMediaFiles, mediaUrls } from './media-files.ts'
import type { MakeMedia } from './media-maker.ts'
import { createPort } from './port.ts'
import { createProfile, type ProfileName } from './profiles.ts'
import { createRecords } from './records.ts'
import type { SimulatorClock } from './simulator-clock.ts'
import type { SimulatorControl } from './simulator-control.ts'
import { defaultSwitches, type Switches } from './switches.ts'
import { createWebhooks } from './webhooks.ts'

export interface Veo3SimulatorOptions {
  readonly clock: SimulatorClock
  readonly makeMedia: MakeMedia
  /** The Bearer key that is let in. */
  readonly key: string
  readonly webhookSecret: string
  /** Told of every request and of what goes wrong inside; default: nobody. */
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void
  /** 0 ≤ x < 1; for the tails of job ids and for the profiles' chance. Default: the same numbers every time. */
  readonly random?: () => number
  /** Begins its job ids; a sibling has another one. Default 'veo3'. */
  readonly name?: string
  /** Default 'healthy'. */
  readonly profile?: ProfileName
  /** How long a job takes. Default 6 s. */
  readonly jobMs?: number
  /** Of the decoded image. Default 10 MB. */
  readonly maxImageBytes?: number
  /** Jobs that are kept; the oldest finished one goes first. Default 1000. */
  readonly maxJobs?: number
  /** Whether a status that only lacks its media waits for them (default), or stands at 99 meanwhile. */
  readonly waitForMedia?: boolean
  /** What the contract leaves open; see switches.ts. */
  readonly switches?: Partial<Switches>
}

export interface Veo3Simulator {
  /** Defaults: 127.0.0.1 and free ports. `publicHost`: how others call this machine, where they do not call it `host`. */
  listen(where?: {
    host?: string
    publicHost?: string
    apiPort?: number
    mediaPort?: number
  }): Promise<{ apiUrl: string; mediaUrl: string }>
  /** Base URL as the contract means it, ending in /v1. Empty before `listen`. */
  readonly apiUrl: string
  readonly mediaUrl: string
  readonly control: SimulatorControl
  /** Ends every connection and removes the files. */
  close(): Promise<void>
}

const defaults = { name: 'veo3', jobMs: 6000, maxImageBytes: 10 * 1024 * 1024, maxJobs: 1000 }

export async function createVeo3Simulator(options: Veo3SimulatorOptions): Promise<Veo3Simulator> {
  const { clock, webhookSecret, log = () => {}, random = createChance(1), maxJobs = defaults.maxJobs } = options
  const name = options.name ?? defaults.name
  const directory = await mkdtemp(join(tmpdir(), `${name}-sandbox-`))
  const profile = createProfile(options.profile ?? 'healthy', { clock, random })
  const initial: Switches = { ...defaultSwitches, latencyMs: profile.latencyMs, ...options.switches }
  const switches = { ...initial }
  const records = createRecords()
  const faults = createFaultBook(profile)
  const jobs = createJobs({
    name,
    clock,
    makeMedia: options.makeMedia,
    directory,
    jobMs: (options.jobMs ?? defaults.jobMs) * profile.slowness,
    maxJobs,
    waitForMedia: options.waitForMedia ?? true,
    random,
    onMediaFailed: (jobId, error) => log({ event: 'media_failed', jobId, error: String(error) }),
  })
  let mediaUrl = ''
  let apiUrl = ''
  let cancelOutage = () => {}
  const urlsOf = (job: Job) => mediaUrls(job, mediaUrl)
  const webhooks = createWebhooks({ secret: webhookSecret, clock, jobs, urlsOf })
  const answerApi = createApi({
    key: options.key,
    clock,
    jobs,
    faults,
    records,
    switches,
    maxImageBytes: options.maxImageBytes ?? defaults.maxImageBytes,
    urlsOf,
    onAccepted: webhooks.follow,
    maxKeys: maxJobs,
  })
  const answerMedia = createMediaFiles({
    key: options.key,
    clock,
    jobs,
    faults,
    records,
    redirectTo: () => `${apiUrl}/health`,
  })

  const onError = (error: unknown) =>
    log({ event: 'sandbox_error', error: error instanceof Error ? error.stack : String(error) })
  const apiPort = createPort({
    onError,
    answer: async (request, response) => {
      const id = `req_${randomUUID()}`
      response.setHeader('X-Request-ID', id)
      if (request.url?.startsWith(controlPath)) return answerControl(request, response)
      const seen = await answerApi(request, response, id)
      log({ event: 'request', name, ...seen })
    },
  })
  const mediaPort = createPort({ onError, answer: answerMedia })

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
    deliveries: webhooks.deliveries,
    state: () => ({
      name,
      now: clock.now().toISOString(),
      jobs: jobs.list().map((job) => {
        const { status, progress } = jobs.stateOf(job)
        return { id: job.id, generationId: job.generationId, status, progress, seconds: job.seconds }
      }),
      counts: records.counts(),
      paid: jobs.paid(),
      violations: [...records.violations],
      leaks: [...records.leaks],
      requests: [...records.requests],
      deliveries: [...webhooks.deliveries],
      faults: faults.list(),
      switches: { ...switches },
    }),
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
      await jobs.settled()
      await webhooks.settled()
    },
    ...(clock.advance && { advance: clock.advance }),
  }

  const answerControl = createControl(control)

  const simulator: Veo3Simulator = {
    async listen({ host = '127.0.0.1', publicHost = hostInUrl(host), apiPort: api = 0, mediaPort: media = 0 } = {}) {
      apiUrl = `http://${publicHost}:${await apiPort.listen(host, api)}${basePath}`
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
      webhooks.close()
      await Promise.all([apiPort.close(), mediaPort.close()])
      await jobs.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return simulator
}

/** Who listens everywhere is spoken to on this machine. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return isIPv6(host) ? `[${host}]` : host
}
