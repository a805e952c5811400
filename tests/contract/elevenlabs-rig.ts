/** The elevenlabs adapter, made from an environment as the server makes it, before the simulator under virtual time. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jest } from '@jest/globals'
import { readConfig } from '../../src/config.ts'
import { createOutbound } from '../../src/network/outbound.ts'
import { createCatalogue } from '../../src/providers/catalogue.ts'
import type { SpeakingRequest } from '../../src/providers/provider.ts'
import { createElevenLabsSimulator, sandboxMaleVoice } from '../../src/sandbox/elevenlabs-simulator.ts'
import type { TellSpeech } from '../../src/sandbox/elevenlabs-speech.ts'
import { createVirtualClock } from '../../src/sandbox/simulator-clock.ts'
import { useManualTimers } from '../support/manual-timers.ts'
import type { Place, VendorRig, WireTrouble } from './provider.ts'

const id = 'elevenlabs'
const key = 'canary-key-e11ab5'

/** A tone, a twentieth of a second for each character. */
export const bareSpeech: TellSpeech = async ({ text, speed }) => {
  const characters = [...text]
  const each = 0.05 / speed
  const samples = Int16Array.from({ length: Math.round(characters.length * each * 16_000) }, (_, i) =>
    Math.round(8000 * Math.sin(i / 12)),
  )
  return {
    sampleRate: 16_000,
    samples,
    characters,
    startSeconds: characters.map((_, index) => index * each),
    endSeconds: characters.map((_, index) => (index + 1) * each),
  }
}

const wire: Readonly<Record<WireTrouble, string>> = {
  'bad-input': 'http:422',
  'too-large': 'http:413',
  policy: 'http:400:code=content_against_policy',
  key: 'http:401',
  credit: 'quota',
  'rate-limit': 'http:429:retry=7',
  'server-error': 'http:503',
  unreadable: 'json:broken',
  silence: 'timeout:after',
  cut: 'cut:after',
}
const places: Readonly<Partial<Record<Place, string>>> = { probe: ':on=health' }
const notOfIt = () => {
  throw new Error('a vendor that answers at once has no jobs')
}

export async function openElevenLabsRig({
  speak = bareSpeech,
  environment = {},
  credits = 10_000,
}: {
  readonly speak?: TellSpeech
  readonly environment?: NodeJS.ProcessEnv
  readonly credits?: number
} = {}) {
  const advanceTimers = useManualTimers()
  const directory = await mkdtemp(join(tmpdir(), `${id}-rig-`))
  const photo = join(directory, 'photo.jpg')
  await writeFile(photo, Buffer.from([0xff, 0xd8, 0xff, 0xe0]))
  const clock = createVirtualClock()
  let whenSilent = () => advanceTimers(240_000)
  const simulator = await createElevenLabsSimulator({
    clock,
    speak,
    key,
    credits,
    log: ({ answer }) => void (answer === 'silence' && whenSilent()),
  })
  const { apiUrl } = await simulator.listen()
  const logged: string[] = []
  const outbound = createOutbound({
    allowHosts: [],
    userAgent: 'talking-photo',
    log: { debug: (...line) => void logged.push(JSON.stringify(line)) },
  })
  const read = readConfig({ ELEVENLABS_API_KEY: key, ELEVENLABS_API_BASE_URL: apiUrl, ...environment }).providers
  const fresh = () => {
    const catalogue = createCatalogue({
      environment: read,
      ...outbound,
      genderOf: (voice) => (voice === 'en-us-rms' ? 'male' : 'female'),
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
    model: `${id}/eleven_multilingual_v2`,
    tenantId: 'tenant_1',
    requestedAt: new Date('2026-11-21T10:29:59.500Z'),
    photo: { path: photo, sha256: 'ab'.repeat(32), width: 800, height: 1000, face: 0, faceMesh: null },
    script: 'Welcome to our shop.',
    language: 'en',
    voice: 'en-us-slt',
    speed: 1,
    pitchSemitones: 0,
    quality: 'standard',
    aspectRatio: null,
    maxSeconds: 60,
    speechSeconds: 2,
    lipSync: true,
    facialAnimationStrength: 0.8,
    noiseReduction: false,
    audioEnhancement: true,
    burnSubtitles: false,
  }
  const rig: VendorRig = {
    provider: fresh(),
    fresh,
    request,
    // Its answers have the finished speech: there is no job, no address and no webhook.
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
  return { ...rig, simulator, directory, key, male: sandboxMaleVoice }
}
