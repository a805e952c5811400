/** Values that the document shows; types and tests hold them to the schemas. */
import type { PublicGeneration } from '../schemas/generation.ts'
import type { PublicPhoto } from '../schemas/photo.ts'

export const exampleRequestId = '0b7c2a56-1f0e-4a7e-9d55-3f2f4be0a1c4'
export const exampleGenerationId = 'gen_019aa5b2c3d4700089ab0123456789ab'
export const examplePhotoId = 'pho_019aa5b0f1e2700089ab0123456789ab'

const free = { amount: '0.00', micros: 0, currency: 'INR' }
const self = `/api/v1/video/${exampleGenerationId}`
const sha256 = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

export const queuedGeneration: PublicGeneration = {
  id: exampleGenerationId,
  work_id: 'wrk_019aa5b2c3d5700089ab0123456789ab',
  status: 'queued',
  step: null,
  progress: 0,
  cached: false,
  shared: false,
  queue: { ahead: 1, expected_wait_seconds: 8.5, waiting_for: 'machine' },
  created_at: '2026-01-02T03:04:05.678Z',
  started_at: null,
  finished_at: null,
  deadline_at: '2026-01-02T03:09:05.678Z',
  photo_id: examplePhotoId,
  face: 0,
  script: 'Hello from me.',
  settings: {
    duration: 60,
    quality: 'standard',
    aspect_ratio: null,
    voice: 'en-us-slt',
    language: 'en',
    language_source: 'detected',
    voice_settings: { speed: 1, pitch: 0 },
    lip_sync_enabled: true,
    facial_animation_strength: 0.8,
    background_noise_reduction: false,
    audio_enhancement: true,
    burn_subtitles: false,
    priority: 'normal',
    timeout: 300,
    model: null,
    strategy: null,
    cost_limit: null,
  },
  adjusted: [],
  metadata: { order: 17 },
  estimate: { video_seconds: 1.9, processing_seconds: 6.2, cost: free },
  output: null,
  cost: null,
  rating: null,
  failure: null,
  timings: { queued_seconds: null, processing_seconds: null },
  route: { strategy: null, provider: null, model: null, trace: [] },
  fallback_used: false,
  fallback_provider: null,
  original_error: null,
  provider_request_id: null,
  provider_job_id: null,
  quality_metrics: null,
  voice_provider: null,
  remarks: [],
  last_seq: 1,
  request_id: exampleRequestId,
  links: {
    self,
    content: `${self}/content`,
    thumbnail: `${self}/thumbnail`,
    subtitles: `${self}/subtitles.vtt`,
    events: `${self}/events`,
    cancel: self,
  },
}

export const completedGeneration: PublicGeneration = {
  ...queuedGeneration,
  status: 'completed',
  progress: 100,
  queue: null,
  started_at: '2026-01-02T03:04:05.778Z',
  finished_at: '2026-01-02T03:04:11.278Z',
  output: { bytes: 482_113, seconds: 1.9, width: 1080, height: 1350, fps: 30, sha256 },
  cost: free,
  timings: { queued_seconds: 0.1, processing_seconds: 5.5 },
  route: {
    strategy: 'quality-cost',
    provider: 'local',
    model: 'local/talking-head',
    trace: [
      {
        attempt: 1,
        provider: 'local',
        model: 'local/talking-head',
        verdict: 'chosen',
        why: 'nobody who can reaches standard; best of the others; economy tier, 0.00 INR for 1.9 s',
        estimate: free,
      },
    ],
  },
  last_seq: 24,
  links: { ...queuedGeneration.links, cancel: null },
}

export const cancelledGeneration: PublicGeneration = {
  ...queuedGeneration,
  status: 'cancelled',
  queue: null,
  finished_at: '2026-01-02T03:04:06.678Z',
  last_seq: 2,
  timings: { queued_seconds: 1, processing_seconds: null },
  links: { ...queuedGeneration.links, content: null, thumbnail: null, subtitles: null, cancel: null },
}

const face: PublicPhoto['faces'][number] = {
  index: 0,
  box: { x: 0.31, y: 0.18, width: 0.36, height: 0.45 },
  yaw_degrees: 3.1,
  roll_degrees: -1.4,
  score: 0.98,
  ok: true,
  problem: null,
}

export const examplePhoto: PublicPhoto = {
  id: examplePhotoId,
  sha256,
  width: 1024,
  height: 1280,
  bytes: 312_004,
  faces: [face],
  created_at: '2026-01-02T03:04:01.123Z',
  links: { self: `/api/v1/photos/${examplePhotoId}` },
}

export const exampleCheck = {
  ok: true,
  faces: [face],
  chosen: 0,
  problem: null,
  warnings: [],
  width: 1024,
  height: 1280,
  sha256,
}

export const exampleWarnings = [{ code: 'small-face', message: 'The face is small: its mouth will be coarse.' }]
