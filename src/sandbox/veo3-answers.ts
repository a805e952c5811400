/** The bodies that the contract answers with. */
import { find, type Job, type JobState } from './jobs.ts'
import type { WireError } from './refusal.ts'
import type { ErrorShape } from './switches.ts'

export function errorBody(error: WireError, shape: ErrorShape, requestId: string): { type: string; text: string } {
  const { code, message, field } = error
  const told = field === undefined ? message : `${field}: ${message}`
  const json = (body: unknown) => ({ type: 'application/json', text: JSON.stringify(body) })
  switch (shape) {
    case 'text':
      return json({ error: told })
    case 'message':
      return json({ message: told })
    case 'detail':
      return json({
        detail: field === undefined ? told : [{ loc: ['body', ...field.split('.')], msg: message, type: code }],
      })
    case 'html':
      return {
        type: 'text/html; charset=utf-8',
        text: `<html><body><h1>${error.status}</h1><p>${code.replaceAll('_', ' ')}</p></body></html>`,
      }
    default:
      return json({ error: { code, message, ...(field !== undefined && { field }), request_id: requestId } })
  }
}

/** 202: the full one, or the least that the contract promises. */
export function acceptedBody(job: Job, isMinimal: boolean): Record<string, unknown> {
  const least = { job_id: job.id, estimated_completion_time: estimateOf(job) }
  return isMinimal ? least : { ...least, request_id: job.requestId, status: 'processing' }
}

/** What GET status and a webhook's `data` say. */
export function statusBody(
  job: Job,
  state: JobState,
  urls: { video: string; thumbnail: string },
): Record<string, unknown> {
  const { status, progress, code } = state
  switch (status) {
    case 'completed': {
      // A film that nobody says the place of.
      const isUnnamed = find(job.effects, 'file')?.defect === 'unnamed'
      const media = isUnnamed ? {} : { video_url: urls.video, thumbnail_url: urls.thumbnail }
      if (find(job.effects, 'minimal')) return { status, progress, ...media }
      return {
        job_id: job.id,
        status,
        progress,
        ...media,
        quality_metrics: {
          lip_sync_accuracy: 91.4,
          resolution: `${job.size.width}x${job.size.height}`,
          audio_quality: 'high',
          facial_animation: 8.2,
          overall_score: 8.6,
          processing_time_seconds: Math.round(((state.endedMs ?? job.acceptedMs) - job.acceptedMs) / 1000),
        },
      }
    }
    case 'failed':
    case 'cancelled': {
      const reason = status === 'cancelled' ? 'cancelled' : (code ?? 'internal_error')
      const error = {
        code: reason,
        message: failureWords[reason] ?? 'The job failed.',
        retryable: retryable.has(reason),
      }
      return { job_id: job.id, status, progress, error }
    }
    default:
      return {
        job_id: job.id,
        status: find(job.effects, 'unknown-status') && status === 'processing' ? 'warming_up' : status,
        progress,
        estimated_completion_time: estimateOf(job),
      }
  }
}

const failureWords: Readonly<Record<string, string>> = {
  content_policy_violation: 'The image was rejected.',
  internal_error: 'The video could not be made.',
  face_not_found: 'There is no face in the image.',
  overloaded: 'All machines are at work.',
  cancelled: 'The job was cancelled.',
}

const retryable = new Set(['internal_error', 'overloaded'])

function estimateOf(job: Job): string {
  return toIsoSeconds(job.acceptedMs + job.durationMs)
}

/** '2025-09-13T10:35:00Z' */
export function toIsoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')
}
