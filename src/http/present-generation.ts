/** A generation, its money and its failure as public JSON. */
import type { Generation, Output, Settings } from '../generations/generation.ts'
import type { Rating } from '../generations/ratings.ts'
import type { QualityMetrics } from '../providers/provider.ts'
import { presentPlace } from '../realtime/present-event.ts'
import { presentMoney } from '../realtime/present-money.ts'
import { presentProblem } from '../realtime/present-problem.ts'
import { videoPath } from './paths.ts'
import type { PublicGeneration } from './schemas/generation.ts'

/** @param rating what its user said of it, where it was looked up */
export function presentGeneration(generation: Generation, rating: Rating | null = null): PublicGeneration {
  const { id, createdAt, startedAt, finishedAt, estimate, output, cost, failure, making } = generation
  return {
    id,
    work_id: generation.workId,
    status: generation.status,
    step: generation.step,
    progress: generation.progress,
    cached: generation.origin === 'cached',
    shared: generation.origin === 'shared',
    queue: generation.queue && presentPlace(generation.queue),
    created_at: createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    finished_at: finishedAt?.toISOString() ?? null,
    deadline_at: generation.deadlineAt.toISOString(),
    photo_id: generation.photoId,
    face: generation.face,
    script: generation.script,
    settings: presentSettings(generation.settings),
    adjusted: generation.adjusted.map(({ setting, asked, used, why }) => ({ setting, asked, used, why })),
    metadata: generation.metadata,
    estimate: {
      video_seconds: estimate.videoSeconds,
      processing_seconds: estimate.processingSeconds,
      cost: presentMoney(estimate.cost),
    },
    output: output && presentOutput(output),
    cost: cost && presentMoney(cost),
    rating: rating && { score: rating.score, comment: rating.comment, rated_at: rating.ratedAt.toISOString() },
    failure: failure && presentProblem(failure),
    timings: {
      queued_seconds: secondsBetween(createdAt, startedAt ?? finishedAt),
      processing_seconds: startedAt && secondsBetween(startedAt, finishedAt),
    },
    route: presentRoute(generation.routeTrace),
    fallback_used: making?.fallbackUsed ?? generation.routeTrace.some(({ attempt }) => attempt > 1),
    fallback_provider: making?.fallbackUsed ? making.provider : null,
    original_error: making?.originalError ? presentProblem(making.originalError) : null,
    provider_request_id: making?.providerRequestId ?? null,
    provider_job_id: making?.providerJobId ?? null,
    quality_metrics: making?.qualityMetrics ? presentQuality(making.qualityMetrics) : null,
    voice_provider: making?.voice?.provider ?? null,
    remarks: (making?.remarks ?? []).map(({ code, message }) => ({ code, message })),
    last_seq: generation.lastSeq,
    request_id: generation.requestId,
    links: presentLinks(generation),
  }
}

/** Traces of before there were strategies know neither attempt nor strategy nor estimate. */
export function presentRoute(trace: Generation['routeTrace']): PublicGeneration['route'] {
  const chosen = trace.findLast(({ verdict }) => verdict === 'chosen')
  return {
    strategy: chosen?.strategy ?? null,
    provider: chosen?.provider ?? null,
    model: chosen?.model ?? null,
    trace: trace.map(({ attempt = 1, provider, model, verdict, why, estimate }) => ({
      attempt,
      provider,
      model,
      verdict,
      why,
      estimate: estimate ? presentMoney(estimate) : null,
    })),
  }
}

/** Seconds after which asking again is worth it: a twentieth of the estimated wait and work, 1 to 10. */
export function pollAfterSeconds({ estimate, queue }: Generation): number {
  return Math.min(10, Math.max(1, Math.ceil(((queue?.waitSeconds ?? 0) + estimate.processingSeconds) / 20)))
}

function presentLinks({ id, status, output }: Generation): PublicGeneration['links'] {
  const self = videoPath(id)
  const pending = status === 'queued' || status === 'processing'
  const readable = pending || status === 'completed'
  return {
    self,
    content: readable ? `${self}/content` : null,
    thumbnail: readable ? `${self}/thumbnail` : null,
    subtitles: readable && output?.wordsKey !== null ? `${self}/subtitles.vtt` : null,
    events: `${self}/events`,
    cancel: pending ? self : null,
  }
}

function presentSettings(settings: Settings): PublicGeneration['settings'] {
  return {
    duration: settings.maxSeconds,
    quality: settings.quality,
    aspect_ratio: settings.aspectRatio,
    voice: settings.voice,
    language: settings.language,
    language_source: settings.languageSource ?? null,
    voice_settings: { speed: settings.speed, pitch: settings.pitch },
    lip_sync_enabled: settings.lipSync,
    facial_animation_strength: settings.facialAnimationStrength,
    background_noise_reduction: settings.noiseReduction,
    audio_enhancement: settings.audioEnhancement,
    burn_subtitles: settings.burnSubtitles,
    priority: settings.priority,
    timeout: settings.timeoutSeconds,
    model: settings.model ?? null,
    strategy: settings.strategy ?? null,
    cost_limit: settings.costLimit ? presentMoney(settings.costLimit) : null,
  }
}

function presentQuality(metrics: QualityMetrics): PublicGeneration['quality_metrics'] {
  return {
    lip_sync_accuracy: metrics.lipSyncAccuracy ?? null,
    facial_animation: metrics.facialAnimation ?? null,
    overall_score: metrics.overallScore ?? null,
    audio_quality: metrics.audioQuality ?? null,
    resolution: metrics.resolution ?? null,
    processing_time_seconds: metrics.processingSeconds ?? null,
  }
}

function presentOutput({ bytes, seconds, width, height, fps, sha256 }: Output): PublicGeneration['output'] {
  return { bytes, seconds, width, height, fps, sha256 }
}

function secondsBetween(from: Date, to: Date | null): number | null {
  return to && Math.max(0, Math.round((to.getTime() - from.getTime()) / 100) / 10)
}
