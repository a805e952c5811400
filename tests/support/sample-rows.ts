/** Rows with plausible values; pass what the test is about. */
import { randomUUID } from 'node:crypto'
import type { Consent, Generation, Photo } from '../../src/generations/generation.ts'
import type { Attempt, Call, Work } from '../../src/generations/work.ts'

/** Unique, and without a meaning in its order. */
export const sampleId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`

export const sampleNow = new Date('2026-03-01T10:00:00.123Z')

export function samplePhoto(given: Partial<Photo> = {}): Photo {
  const id = given.id ?? sampleId('pho')
  return {
    id,
    tenantId: 'tenant-a',
    sha256: 'ab'.repeat(32),
    mediaKey: `tenant-a/photos/${id}/photo.png`,
    width: 640,
    height: 800,
    bytes: 123_456,
    kept: false,
    faces: [
      {
        index: 0,
        box: { x: 0.25, y: 0.1, width: 0.5, height: 0.6 },
        yawDegrees: -3.5,
        rollDegrees: 0,
        score: 0.97,
        ok: true,
        problem: null,
      },
    ],
    createdAt: sampleNow,
    ...given,
  }
}

const common = {
  tenantId: 'tenant-a',
  photoSha256: 'ab'.repeat(32),
  face: 0,
  script: 'Grüße 👋 from the photo',
  settings: {
    maxSeconds: 30,
    quality: 'standard',
    aspectRatio: null,
    voice: null,
    language: 'en-US',
    speed: 1,
    pitch: 0,
    lipSync: true,
    facialAnimationStrength: 0.5,
    noiseReduction: false,
    audioEnhancement: true,
    burnSubtitles: false,
    priority: 'normal',
    timeoutSeconds: 900,
  },
  estimate: { videoSeconds: 8.25, processingSeconds: 21.5, cost: { micros: 4_000_000_123, currency: 'INR' } },
  step: null,
  progress: 0,
  requestId: 'req-1',
  createdAt: sampleNow,
  startedAt: null,
  finishedAt: null,
  deadlineAt: new Date(sampleNow.getTime() + 900_000),
  output: null,
  making: null,
  routeTrace: [],
} as const

export function sampleWork(given: Partial<Work> & Pick<Work, 'photoId'>): Work {
  return { ...common, id: sampleId('wrk'), key: null, runsHere: true, state: 'open', version: 1, ...given }
}

export function sampleGeneration(given: Partial<Generation> & Pick<Generation, 'photoId' | 'workId'>): Generation {
  return {
    ...common,
    id: sampleId('gen'),
    origin: 'made',
    metadata: { order: 17, tags: ['a', null], nested: { on: true } },
    adjusted: [{ setting: 'background_noise_reduction', asked: true, used: false, why: 'the voice is clean' }],
    status: 'queued',
    queue: { ahead: 2, waitSeconds: 12.5 },
    lastSeq: 0,
    failure: null,
    cost: null,
    ...given,
  }
}

export function sampleAttempt(given: Partial<Attempt> & Pick<Attempt, 'workId'>): Attempt {
  return {
    id: sampleId('att'),
    ordinal: 1,
    provider: 'local',
    model: 'portrait',
    state: 'open',
    failure: null,
    sentSeconds: 15,
    estimate: { micros: 2_250_000, currency: 'INR' },
    cost: null,
    costBearer: null,
    slot: null,
    slotAt: null,
    createdAt: sampleNow,
    finishedAt: null,
    ...given,
  }
}

export function sampleCall(given: Partial<Call> & Pick<Call, 'attemptId'>): Call {
  return {
    id: sampleId('call'),
    ordinal: 1,
    name: 'render',
    maker: 'route',
    provider: null,
    model: null,
    state: 'started',
    operation: null,
    outputs: null,
    keeps: null,
    reuseKey: null,
    failure: null,
    estimate: null,
    providerRequestId: null,
    providerJobId: null,
    sends: 1,
    fetches: 0,
    deadlineAt: new Date(sampleNow.getTime() + 300_000),
    metrics: null,
    reportedCost: null,
    startedAt: sampleNow,
    finishedAt: null,
    ...given,
  }
}

export function sampleConsent(given: Partial<Consent> & Pick<Consent, 'generationId'>): Consent {
  return {
    id: sampleId('con'),
    tenantId: 'tenant-a',
    photoSha256: 'ab'.repeat(32),
    requestId: 'req-1',
    grantedAt: sampleNow,
    ...given,
  }
}

export function sampleOutput(id: string, seconds = 10): NonNullable<Generation['output']> {
  return {
    videoKey: `tenant-a/works/${id}/video.mp4`,
    thumbnailKey: `tenant-a/works/${id}/thumbnail.jpg`,
    wordsKey: `tenant-a/works/${id}/words.json`,
    bytes: 1_234_567,
    sha256: 'cd'.repeat(32),
    seconds,
    width: 720,
    height: 900,
    fps: 25,
  }
}
