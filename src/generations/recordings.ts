/**
 * A person's own recording of the script, instead of a voice. It is needed until the video is made: it lies under the
 * work's own name, which keeps it from the sweep while the work is open, and goes when the work is over.
 */
import { Failure } from '../errors.ts'
import { chooseVoice } from './choose-voice.ts'
import { primaryLanguage } from './language.ts'
import type { CheckRecording, MediaStore, PreparedRecording, PrepareRecording, SpeechMeter } from './ports.ts'
import type { ScriptVerdict } from './preflight-script.ts'
import type { GenerationRequest } from './use-cases.ts'
import type { Work } from './work.ts'

export interface RecordingParts {
  readonly media: MediaStore
  readonly speech: SpeechMeter
  readonly prepareRecording: PrepareRecording
  readonly checkRecording: CheckRecording
}

/** Nobody speaks so much faster than a voice: the rest of the script is not in the recording. */
const fastest = 3

export function recordingKey({ tenantId, id }: Pick<Work, 'tenantId' | 'id'>): string {
  return `${tenantId}/works/${id}/recording.wav`
}

/** Once the work is over. */
export async function forgetRecording({ media }: Pick<RecordingParts, 'media'>, work: Work): Promise<void> {
  if (work.settings.recordingSha256 !== undefined) await media.remove(recordingKey(work))
}

/** The request with the recording in its settings, so that equal requests are those with equal recordings. */
export function withRecordingNamed(request: GenerationRequest): GenerationRequest {
  const { recording, settings } = request
  return recording ? { ...request, settings: { ...settings, recordingSha256: recording.sha256 } } : request
}

/** Prepares the request's recording in scratch space, lets `use` work with it, and leaves nothing there. */
export async function withRecording<T>(
  { media, prepareRecording }: RecordingParts,
  { recording, settings, signal }: GenerationRequest,
  use: (recording: PreparedRecording | null) => Promise<T>,
): Promise<T> {
  if (!recording) return use(null)
  const scratch = await media.scratch('recording')
  try {
    return await use(await prepareRecording(recording.file, scratch.path, { maxSeconds: settings.maxSeconds }, signal))
  } finally {
    await scratch.dispose()
  }
}

/**
 * The verdict on a script that was recorded: the voice is the one it will be compared with, the length the recording's.
 * @throws Failure as chooseVoice; INVALID_REQUEST 'recording-does-not-match' | 'recording-silent' | 'script-not-speakable'
 */
export async function preflightRecording(
  { speech, checkRecording }: RecordingParts,
  { script, settings, signal }: GenerationRequest,
  { file, seconds }: PreparedRecording,
): Promise<ScriptVerdict> {
  const { voice, languageSource } = await chooseVoice(script, settings, speech, signal)
  // Before it is spoken for the comparison: a script may be twenty minutes long.
  const spoken = speech.estimate({ text: script, voice: voice.id, speed: 1 })
  if (spoken.low > fastest * seconds) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'recording-does-not-match',
      message: `The script takes about ${Math.ceil(spoken.seconds)} seconds to say; the recording lasts ${seconds.toFixed(1)}.`,
      hint: 'Send the script word for word as it is said in the recording.',
    })
  }
  await checkRecording({ path: file, text: script, voice: voice.id, ...(signal ? { signal } : {}) })
  return { language: primaryLanguage(voice.language), languageSource, voice: voice.id, seconds }
}
