/** The veo3 adapter, made from an environment as the server makes it, before the simulator under virtual time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createOutbound } from '../../src/network/outbound.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { SpeakingRequest, WebhookRequest } from '../../src/providers/provider.ts'
import { createVirtualClock } from '../../src/sandbox/simulator-clock.ts'
import { createVeo3Simulator } from '../../src/sandbox/veo3-simulator.ts'
import { useManualTimers } from '../support/manual-timers.ts'
import { openHttpServer } from '../support/open-server.ts'
import { bareMedia } from '../unit/sandbox/rig.ts'
import type { JobTrouble, Place, VendorRig, WireTrouble } from './provider.ts'

const key = 'canary-key-51c9e2'
const secret = 'canary-secret-88d1f0'

const wire: Readonly<Record<WireTrouble, string>> = {
  'bad-input': 'http:400',
  'too-large': 'http:413',
  policy: 'http:422:code=content_policy_violation',
  key: 'http:401',
  credit: 'http:402',
  'rate-limit': 'http:429:retry=7',
  'server-error': 'http:503',
  unreadable: 'json:broken',
  silence: 'timeout:after',
  cut: 'cut:after',
}
const jobs: Readonly<Record<JobTrouble, string>> = {
  fails: 'fail:internal',
  refused: 'fail:content_policy',
  'has-no-file': 'file:missing',
  'has-no-address': 'file:unnamed',
  'unknown-status': 'status:unknown',
  'is-done-at-once': 'sync',
  'is-told-in-few-words': 'minimal',
}
const places: Readonly<Record<Place, string>> = {
  submit: 'submit',
  status: 'status',
  cancel: 'cancel',
  probe: 'health',
}

export async function openVeo3Rig(
  { id, prefix }: { readonly id: string; readonly prefix: string },
  { dedupes = true }: { readonly dedupes?: boolean } = {},
) {
  const advanceTimers = useManualTimers()
  const directory = await mkdtemp(join(tmpdir(), 'veo3-rig-'))
  const photo = join(directory, 'photo.jpg')
  await writeFile(photo, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(400, 7)]))
  const clock = createVirtualClock()
  let whenSilent = () => advanceTimers(60_000)
  const simulator = await createVeo3Simulator({
    clock,
    makeMedia: bareMedia,
    key,
    webhookSecret: secret,
    name: id,
    switches: { idempotency: dedupes },
    log: ({ answer }) => void (answer === 'silence' && whenSilent()),
  })
  const { apiUrl, mediaUrl } = await simulator.listen()
  const logged: string[] = []
  const outbound = createOutbound({
    allowHosts: [new URL(mediaUrl).host],
    userAgent: 'talking-photo',
    log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
  })
  const environment = readConfig({
    [`${prefix}API_KEY`]: key,
    [`${prefix}API_BASE_URL`]: apiUrl,
    [`${prefix}WEBHOOK_SECRET`]: `the-one-before,${secret}`,
    [`${prefix}IDEMPOTENT`]: String(dedupes),
  }).providers
  const fresh = () => {
    const catalogue = createCatalogue({
      environment,
      ask: outbound.ask,
      render: () => Promise.reject(new Error('nothing is rendered here')),
      languages: ['en', 'fr'],
      now: () => clock.now(),
    })
    const provider = catalogue.find((entry) => entry.id === id)?.provider
    if (!provider) throw new Error(`the catalogue has no ${id}`)
    return provider
  }

  const received: WebhookRequest[] = []
  const receiver = await openHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({ rawBody: Buffer.concat(chunks), headers: request.headers, now: clock.now() })
    response.end()
  })
  const request: SpeakingRequest = {
    workId: 'work_1',
    model: `${id}/veo3-talking`,
    tenantId: 'tenant_1',
    requestedAt: new Date('2025-09-13T10:29:59.500Z'),
    photo: { path: photo, sha256: 'ab'.repeat(32), width: 800, height: 1000, face: 0, faceMesh: null },
    script: 'Welcome to our shop.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: '9:16',
    maxSeconds: 60,
    speechSeconds: 17.2,
    lipSync: true,
    facialAnimationStrength: 0.8,
    noiseReduction: true,
    audioEnhancement: true,
    burnSubtitles: false,
  }
  const rig: VendorRig = {
    provider: fresh(),
    fresh,
    request,
    trouble: (on, what) => simulator.control.setFault(`${wire[what]}:on=${places[on]}`),
    troubleJobs: (what) => simulator.control.setFault(`${jobs[what]}:times=1`),
    wellAgain: () => simulator.control.clearFaults(),
    whenSilent: (run) => {
      whenSilent = run
    },
    async goHalfway() {
      clock.advance(3000)
      await simulator.control.settled()
    },
    goDown: () => simulator.control.setOutage('refused'),
    comeBack: () => simulator.control.setOutage('none'),
    async finish() {
      // In steps, as webhooks are sent on the way.
      for (let step = 0; step < 4; step++) {
        clock.advance(2000)
        await simulator.control.settled()
      }
    },
    accepted: () => simulator.control.state().jobs.length,
    fetchFile: (file) =>
      outbound.fetchFile({
        ...file,
        maxBytes: 1_000_000,
        timeoutMs: 60_000,
        idleTimeoutMs: 30_000,
        signal: new AbortController().signal,
      }),
    webhooks: {
      url: `${receiver.url}/hooks`,
      received: () => received,
      forge: () => simulator.control.setFault('webhook:forged:times=1'),
    },
    secrets: [key, secret],
    logged: () => logged.join('\n'),
    mistakes: () => [...simulator.control.violations, ...simulator.control.leaks],
    async close() {
      await receiver.close()
      await simulator.close()
      jest.useRealTimers()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return { ...rig, simulator, clock, directory }
}
