/** The nano-banana adapter, made from an environment as the server makes it, before the simulator under virtual time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createOutbound } from '../../src/network/outbound.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { SpeakingRequest } from '../../src/providers/provider.ts'
import { createNanoBananaSimulator, type MakeEdit } from '../../src/sandbox/nano-banana-simulator.ts'
import { createVirtualClock } from '../../src/sandbox/simulator-clock.ts'
import { useManualTimers } from '../support/manual-timers.ts'
import type { Place, VendorRig, WireTrouble } from './provider.ts'

const id = 'nano-banana'
const key = 'canary-key-7730fd'

/** A picture by its first bytes: whether it shows anything is the renderer's question. */
export const bareEdit: MakeEdit = async ({ shape }) =>
  Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(`a mouth that says ${shape}`)])

const wire: Readonly<Record<WireTrouble, string>> = {
  'bad-input': 'http:400',
  'too-large': 'http:413',
  policy: 'blocked:prohibited_content',
  key: 'http:400:code=api_key_invalid',
  credit: 'http:400:code=failed_precondition',
  'rate-limit': 'http:429:retry=7',
  'server-error': 'http:500',
  unreadable: 'json:broken',
  silence: 'timeout:after',
  cut: 'cut:after',
}
const places: Readonly<Partial<Record<Place, string>>> = { probe: ':on=health' }
const notOfIt = () => {
  throw new Error('a vendor that answers at once has no jobs')
}

export async function openNanoBananaRig({ model = 'gemini-3.1-flash-image' } = {}) {
  const advanceTimers = useManualTimers()
  const directory = await mkdtemp(join(tmpdir(), `${id}-rig-`))
  const photo = join(directory, 'photo.jpg')
  await writeFile(photo, Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(400, 7)]))
  const clock = createVirtualClock()
  // An answer may take two minutes.
  let whenSilent = () => advanceTimers(120_000)
  const simulator = await createNanoBananaSimulator({
    clock,
    makeEdit: bareEdit,
    key,
    log: ({ answer }) => void (answer === 'silence' && whenSilent()),
  })
  const { apiUrl } = await simulator.listen()
  const logged: string[] = []
  const outbound = createOutbound({
    allowHosts: [],
    userAgent: 'talking-photo',
    log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
  })
  const environment = readConfig({ NANO_BANANA_API_KEY: key, NANO_BANANA_API_BASE_URL: apiUrl }).providers
  const fresh = () => {
    const catalogue = createCatalogue({
      environment,
      ...outbound,
      render: () => Promise.reject(new Error('nothing is rendered here')),
      languages: ['en', 'fr'],
      now: () => clock.now(),
    })
    const provider = catalogue.find((entry) => entry.id === id)?.provider
    if (!provider) throw new Error(`the catalogue has no ${id}`)
    return provider
  }
  const request: SpeakingRequest = {
    workId: 'work_1',
    model: `${id}/${model}`,
    tenantId: 'tenant_1',
    requestedAt: new Date('2026-11-21T10:29:59.500Z'),
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
    // Its answers have the finished picture: there is no job, no address and no webhook.
    lacks: ['job-id', 'progress', 'is-done-at-once'],
    trouble: (on, what) => simulator.control.setFault(`${wire[what]}${places[on] ?? ''}`),
    troubleJobs: notOfIt,
    wellAgain: () => simulator.control.clearFaults(),
    whenSilent: (run) => {
      whenSilent = run
    },
    goHalfway: async () => {},
    goDown: () => simulator.control.setOutage('refused'),
    comeBack: () => simulator.control.setOutage('none'),
    finish: async () => {},
    accepted: () => Object.values(simulator.control.state().paid).reduce((sum, { accepted }) => sum + accepted, 0),
    fetchFile: notOfIt,
    webhooks: { url: '', received: () => [], forge: notOfIt },
    secrets: [key],
    logged: () => logged.join('\n'),
    mistakes: () => [...simulator.control.violations, ...simulator.control.leaks],
    async close() {
      await simulator.close()
      jest.useRealTimers()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return { ...rig, simulator, clock, directory }
}
