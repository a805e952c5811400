import type { SpeakJob } from './ports.ts'
import type { SpeakOrRecordedRequest } from './speech/speak-recording.ts'

/** What a job asks of a speaker. */
export function speakRequestOf(
  job: Omit<SpeakJob, 'speechPath'>,
  onProgress: (done: number, total: number) => void,
): SpeakOrRecordedRequest {
  const { script, recordingPath, charactersPath, voice, speed, pitchSemitones } = job
  const recorded = {
    ...(recordingPath !== undefined && { recordingPath }),
    ...(charactersPath !== undefined && { charactersPath }),
  }
  return { text: script, voice, speed, pitchSemitones, onProgress, ...recorded }
}
