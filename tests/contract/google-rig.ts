/** The google adapter, made from an environment as the server makes it, before the simulator under virtual time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createOutbound } from '../../src/network/outbound.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { SpeakingRequest, WebhookRequest } from '../../src/providers/provider.ts'
import { createGoogleSimulator } from '../../src/sandbox/google-simulator.ts'
import { createVirtualClock } from '../../src/sandbox/simulator-clock.ts'
import { useManualTimers } from '../support/manual-timers.ts'
import { openHttpServer } from '../support/open-server.ts'
import { bareMedia } from '../unit/sandbox/rig.ts'
import type { JobTrouble, Place, Trait, VendorRig, WireTrouble } from './provider.ts'

const key = 'canary-key-7b20d4'
const secret = `whsec_${Buffer.from('canary-secret-of-google-e09a').toString('base64')}`

export const googleWires = {
  veo: 'google/veo-3.1-fast-generate-preview',
  omni: 'google/gemini-omni-1.1-flash',
} as const

const wire: Readonly<Record<WireTrouble, string>> = {
  'bad-input': 'http:400',
  'too-large': 'http:413',
  policy: 'http:400:code=safety',
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

/** Neither says how far it is, nor numbers its answers. */
const lacks: Readonly<Record<keyof typeof googleWires, readonly Trait[]>> = {
  // It cannot be stopped, has no word for a state but 'done', and never answers at once.
  veo: ['request-id', 'progress', 'cancel', 'unknown-status', 'is-done-at-once'],
  // A bad request may be one in passing: tests of its own tell what follows.
  omni: ['request-id', 'progress', 'bad-input'],
}

export async function openGoogleRig(of: keyof typeof googleWires) {
  const advanceTimers = useManualTimers()
  const directory = await mkdtemp(join(tmpdir(), 'google-rig-'))
  const photo = join(directory, 'photo.jpg')
  await writeFile(photo, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(400, 7)]))
  const clock = createVirtualClock()
  let whenSilent = () => advanceTimers(60_000)
  const simulator = await createGoogleSimulator({
    clock,
    makeMedia: bareMedia,
    key,
    webhookSecret: secret,
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
    GEMINI_API_KEY: key,
    GOOGLE_API_BASE_URL: apiUrl,
    GOOGLE_WEBHOOK_SECRET: `whsec_${Buffer.from('the one before').toString('base64')},${secret}`,
  }).providers
  const fresh = () => {
    const catalogue = createCatalogue({
      environment,
      ask: outbound.ask,
      openFile: outbound.openFile,
      render: () => Promise.reject(new Error('nothing is rendered here')),
      languages: ['en', 'fr'],
      now: () => clock.now(),
    })
    const provider = catalogue.find(({ id }) => id === 'google')?.provider
    if (!provider) throw new Error('the catalogue has no google')
    return provider
  }

  const received: WebhookRequest[] = []
  const receiver = await openHttpServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    received.push({ rawBody: Buffer.concat(chunks), headers: request.headers, now: clock.now() })
    response.end()
  })
  const registered = await fetch(`${apiUrl}/v1beta/webhooks`, {
    method: 'POST',
    headers: { 'x-goog-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      uri: `${receiver.url}/hooks`,
      subscribed_events: ['video.generated', 'interaction.completed', 'interaction.failed'],
    }),
  })
  if (!registered.ok) throw new Error(await registered.text())

  const request: SpeakingRequest = {
    workId: 'work_1',
    model: googleWires[of],
    tenantId: 'tenant_1',
    requestedAt: new Date('2026-11-21T10:29:59.500Z'),
    photo: { path: photo, sha256: 'ab'.repeat(32), width: 800, height: 1000, face: 0, faceMesh: null },
    script:
      'Welcome to our shop, where everything is new. On Monday we open at nine in the morning, and there is "free" coffee for all of you! Do come and see us.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: '9:16',
    maxSeconds: 60,
    speechSeconds: 10.9,
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
    material: { lastFrame: photo },
    lacks: lacks[of],
    trouble: (on, what) => simulator.control.setFault(`${wire[what]}:on=${places[on]}`),
    troubleJobs: (what) => simulator.control.setFault(`${jobs[what]}:times=1`),
    wellAgain: () => simulator.control.clearFaults(),
    whenSilent: (run) => {
      whenSilent = run
    },
    async goHalfway() {
      clock.advance(5500)
      await simulator.control.settled()
    },
    goDown: () => simulator.control.setOutage('refused'),
    comeBack: () => simulator.control.setOutage('none'),
    async finish() {
      // In steps, as webhooks are sent on the way.
      for (let step = 0; step < 4; step++) {
        clock.advance(3000)
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
    secrets: [key, secret, secret.slice(6)],
    logged: () => logged.join('\n'),
    mistakes: () => [...simulator.control.violations, ...simulator.control.leaks],
    async close() {
      await receiver.close()
      await simulator.close()
      jest.useRealTimers()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return { ...rig, simulator, clock, directory, apiUrl, key, secret, logs: logged }
}
