import type { RenderJob, SpeakRequest } from './ports.ts'

/** What a job asks of a speaker. */
export function speakRequestOf(job: RenderJob, onProgress: (done: number, total: number) => void): SpeakRequest {
  const { script, voice, speed, pitchSemitones } = job
  return { text: script, voice, speed, pitchSemitones, onProgress }
}
