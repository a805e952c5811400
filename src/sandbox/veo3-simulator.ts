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
import { createJobs, type Job } from './jobs.ts'
import { createMediaFiles } from './media-files.ts'
import type { MakeMedia } from './media-maker.ts'
import { createSimulator, type Simulator, type SimulatorOptions } from './simulator.ts'
import { createVeo3Api } from './veo3-api.ts'
import { findMedia, mediaUrls } from './veo3-media.ts'
import { createWebhooks } from './veo3-webhooks.ts'

export interface Veo3SimulatorOptions extends SimulatorOptions {
  readonly makeMedia: MakeMedia
  readonly webhookSecret: string
  /** How long a job takes. Default 6 s. */
  readonly jobMs?: number
  /** Of the decoded image. Default 10 MB. */
  readonly maxImageBytes?: number
  /** Jobs that are kept; the oldest finished one goes first. Default 1000. */
  readonly maxJobs?: number
  /** Whether a status that only lacks its media waits for them (default), or stands at 99 meanwhile. */
  readonly waitForMedia?: boolean
}

const defaults = { name: 'veo3', jobMs: 6000, maxImageBytes: 10 * 1024 * 1024, maxJobs: 1000 }

export function createVeo3Simulator(options: Veo3SimulatorOptions): Promise<Simulator> {
  const { makeMedia, maxJobs = defaults.maxJobs, maxImageBytes = defaults.maxImageBytes } = options
  const switches = ['idempotency', 'cancel', 'errorShape', 'accepted'] as const
  return createSimulator({ name: defaults.name, ...options }, { switches }, (ground) => {
    const { clock, random, directory, faults, records, log } = ground
    const jobs = createJobs({
      name: ground.name,
      clock,
      makeMedia,
      directory,
      jobMs: (options.jobMs ?? defaults.jobMs) * ground.profile.slowness,
      maxJobs,
      waitForMedia: options.waitForMedia ?? true,
      random,
      onMediaFailed: (jobId, error) => log({ event: 'media_failed', jobId, error: String(error) }),
    })
    const urlsOf = (job: Job) => mediaUrls(job, ground.mediaUrl())
    const webhooks = createWebhooks({ secret: options.webhookSecret, clock, jobs, urlsOf })
    const onAccepted = webhooks.follow
    return {
      ...createVeo3Api({ ...ground, jobs, maxImageBytes, urlsOf, onAccepted, maxKeys: maxJobs }),
      answerMedia: createMediaFiles({
        clock,
        jobs,
        faults,
        records,
        find: (url) => findMedia(url, jobs),
        redirectTo: () => `${ground.apiUrl()}/health`,
      }),
      jobs,
      deliveries: webhooks.deliveries,
      settled: webhooks.settled,
      close: webhooks.close,
    }
  })
}
