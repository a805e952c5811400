/** What an operation and an interaction say of a film that is being made. */
import { find, type Job, type JobState } from './jobs.ts'
import { elsewhere } from './media-files.ts'

export interface MadeBy {
  readonly wire: 'veo' | 'omni'
  readonly model: string
}

/** Always as the vendor writes it, wherever this simulator listens: its own library expects it, and so must others. */
const filesUrl = 'https://generativelanguage.googleapis.com/v1beta/files'

export function operationNameOf({ id }: Pick<Job, 'id'>, { model }: MadeBy): string {
  return `models/${model}/operations/${id}`
}

export function fileUriOf(job: Job): string {
  const isElsewhere = find(job.effects, 'file')?.defect === 'elsewhere'
  return isElsewhere ? elsewhere : `${filesUrl}/${job.id}:download?alt=media`
}

/** google.rpc.Code of what a job fails with; what is refused is filtered, which is no error there. */
const codes: Readonly<Record<string, number>> = {
  internal_error: 13,
  overloaded: 8,
  deadline: 4,
  unavailable: 14,
  face_not_found: 3,
  invalid: 3,
}
const filteredFor: Readonly<Record<string, string>> = {
  content_policy_violation: 'The video was blocked by a safety filter.',
  audio: 'We encountered an issue with the audio for your prompt.',
}

export function operationBody(job: Job, state: JobState, by: MadeBy): object {
  const name = operationNameOf(job, by)
  const isMinimal = find(job.effects, 'minimal') !== undefined
  const type = 'type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse'
  const done = (generateVideoResponse: object) => ({
    name,
    done: true,
    response: { ...(!isMinimal && { '@type': type }), generateVideoResponse },
  })
  if (state.status === 'failed' || state.status === 'cancelled') {
    const reason = filteredFor[state.code ?? '']
    if (reason) return done({ raiMediaFilteredCount: 1, raiMediaFilteredReasons: [reason] })
    const error = { code: codes[state.code ?? ''] ?? 13, message: 'The sandbox was asked for this.' }
    return { name, done: true, error }
  }
  if (state.status !== 'completed') return { name, ...(!isMinimal && { done: false }) }
  if (find(job.effects, 'file')?.defect === 'unnamed') return done({})
  return done({ generatedSamples: [{ video: { uri: fileUriOf(job) } }] })
}

/** Of 720p; its price is by the token. */
const tokensPerSecond = 5792
const otherEnds = ['cancelled', 'incomplete', 'budget_exceeded', 'requires_action']

export function interactionBody(job: Job, state: JobState, by: MadeBy): object {
  const isMinimal = find(job.effects, 'minimal') !== undefined
  const told = (status: string, more: object = {}) => ({
    id: job.id,
    status,
    ...(!isMinimal && { model: by.model }),
    ...more,
  })
  const ended = (content: object, modality: string, tokens: number) =>
    told('completed', {
      steps: [
        ...(isMinimal ? [] : [{ type: 'thought', signature: 'c2lnbmF0dXJl' }]),
        { type: 'model_output', content: [content] },
      ],
      ...(!isMinimal && { usage: { output_tokens_by_modality: [{ modality, tokens }] } }),
    })
  if (state.status === 'cancelled') return told('cancelled')
  if (state.status === 'failed') {
    if (filteredFor[state.code ?? '']) return ended({ type: 'text', text: "I can't help with that." }, 'text', 12)
    return told(otherEnds.find((end) => end === state.code) ?? 'failed')
  }
  if (state.status === 'completed') {
    const isUnnamed = find(job.effects, 'file')?.defect === 'unnamed'
    const video = { type: 'video', ...(!isUnnamed && { uri: fileUriOf(job) }), mime_type: 'video/mp4' }
    return ended(video, 'video', Math.round(job.seconds * tokensPerSecond))
  }
  if (find(job.effects, 'unknown-status')) return told('awaiting_review')
  return told(state.status === 'queued' ? 'queued' : 'in_progress')
}
