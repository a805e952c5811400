/** The Runway adapter, made from an environment as the server makes it, before the simulator under virtual time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createOutbound } from '../../src/network/outbound.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { Material, SpeakingRequest } from '../../src/providers/provider.ts'
import { createRunwaySimulator, type RunwaySimulatorOptions } from '../../src/sandbox/runway-simulator.ts'
import { createVirtualClock } from '../../src/sandbox/simulator-clock.ts'
import { useManualTimers } from '../support/manual-timers.ts'
import { bareMedia } from '../unit/sandbox/rig.ts'
import { jpeg, mp4Of, wavOf } from '../unit/sandbox/small-files.ts'
import type { JobTrouble, Place, VendorRig, WireTrouble } from './provider.ts'

const key = 'canary-key-77b3aa'

const wire: Readonly<Partial<Record<WireTrouble, string>>> = {
  'bad-input': 'http:400',
  'too-large': 'http:413',
  key: 'http:401',
  'server-error': 'http:502',
  unreadable: 'json:broken',
  silence: 'timeout:after',
  cut: 'cut:after',
}
const jobs: Readonly<Partial<Record<JobTrouble, string>>> = {
  fails: 'fail:internal',
  refused: 'fail:content_policy',
  'has-no-file': 'file:missing',
  'has-no-address': 'file:unnamed',
  'unknown-status': 'status:unknown',
  'is-told-in-few-words': 'minimal',
}
const places: Readonly<Record<Place, string>> = {
  submit: 'submit',
  status: 'status',
  cancel: 'cancel',
  probe: 'health',
}

/** What Runway's documents know nothing of; its own words for credit and quota are in tests/unit/providers/runway.test.ts. */
const lacks = ['request-id', 'policy', 'credit', 'rate-limit', 'is-done-at-once'] as const

export interface RunwayRigOptions extends Partial<RunwaySimulatorOptions> {
  readonly model?: string
}

export async function openRunwayRig({ model = 'runway/gwm1_avatars', ...options }: RunwayRigOptions = {}) {
  const advanceTimers = useManualTimers()
  const directory = await mkdtemp(join(tmpdir(), 'runway-rig-'))
  const file = async (name: string, bytes: Buffer) => {
    await writeFile(join(directory, name), bytes)
    return join(directory, name)
  }
  const photo = await file('photo.jpg', jpeg)
  const material: Material = {
    voiceTrack: { path: await file('speech.wav', wavOf(4)), seconds: 4 },
    drivingVideo: { path: await file('performance.mp4', mp4Of(4)), seconds: 4 },
  }
  const clock = createVirtualClock()
  let whenSilent = () => advanceTimers(60_000)
  const simulator = await createRunwaySimulator({
    clock,
    makeMedia: bareMedia,
    key,
    log: ({ answer }) => void (answer === 'silence' && whenSilent()),
    maxRunning: 10,
    ...options,
  })
  const { apiUrl, mediaUrl } = await simulator.listen()
  const logged: string[] = []
  const outbound = createOutbound({
    allowHosts: [new URL(mediaUrl).host],
    userAgent: 'talking-photo',
    log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
  })
  const environment = readConfig({ RUNWAY_API_KEY: key, RUNWAY_API_BASE_URL: apiUrl }).providers
  const fresh = () => {
    const catalogue = createCatalogue({
      environment,
      ask: outbound.ask,
      sendForm: outbound.sendForm,
      genderOf: (voice) => (voice === 'en-us-slt' ? 'female' : 'male'),
      render: () => Promise.reject(new Error('nothing is rendered here')),
      languages: ['en', 'fr'],
      now: () => clock.now(),
    })
    const provider = catalogue.find((entry) => entry.id === 'runway')?.provider
    if (!provider) throw new Error('the catalogue has no runway')
    return provider
  }
  const request: SpeakingRequest = {
    workId: 'work_1',
    model,
    tenantId: 'tenant_1',
    requestedAt: new Date('2025-09-13T10:29:59.500Z'),
    photo: { path: photo, sha256: 'ab'.repeat(32), width: 800, height: 1000, face: 0, faceMesh: null },
    script: 'Welcome to our shop.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: null,
    maxSeconds: 60,
    speechSeconds: 4,
    lipSync: true,
    facialAnimationStrength: 0.8,
    noiseReduction: false,
    audioEnhancement: true,
    burnSubtitles: false,
  }
  const order = (fault: string | undefined, more: string) => {
    if (fault === undefined) throw new Error('this vendor has no such trouble')
    simulator.control.setFault(`${fault}${more}`)
  }
  const rig: VendorRig = {
    provider: fresh(),
    fresh,
    request,
    material,
    mainCall: model.endsWith('act_two') ? 'perform' : 'video',
    lacks,
    trouble: (on, what) => order(wire[what], `:on=${places[on]}`),
    troubleJobs: (what) => order(jobs[what], ':times=1'),
    wellAgain: () => simulator.control.clearFaults(),
    whenSilent: (run) => {
      whenSilent = run
    },
    async goHalfway() {
      clock.advance(6000)
      await simulator.control.settled()
    },
    goDown: () => simulator.control.setOutage('refused'),
    comeBack: () => simulator.control.setOutage('none'),
    async finish() {
      clock.advance(15_000)
      await simulator.control.settled()
    },
    accepted: () => simulator.control.state().jobs.length,
    fetchFile: (wanted) =>
      outbound.fetchFile({
        ...wanted,
        maxBytes: 1_000_000,
        timeoutMs: 60_000,
        idleTimeoutMs: 30_000,
        signal: new AbortController().signal,
      }),
    webhooks: { url: '', received: () => [], forge: () => {} },
    secrets: [key],
    logged: () => logged.join('\n'),
    mistakes: () => [...simulator.control.violations, ...simulator.control.leaks],
    async close() {
      await simulator.close()
      jest.useRealTimers()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return { ...rig, simulator, clock, directory, material }
}
