import { writeFile } from 'node:fs/promises'
import { type TimedScript, timeScript } from '../captions/time-script.ts'
import { Failure } from '../errors.ts'
import type { LipTrack, RenderProgress, SpeakJob, SpeakResult, SpokenTrack } from './ports.ts'
import { speakRequestOf } from './speak-request.ts'
import { encodeWav } from './speech/audio.ts'
import { enhance, protectPeaks } from './speech/enhance.ts'
import type { SpeakOrRecordedRequest } from './speech/speak-recording.ts'

export interface SpeakTools {
  speak(request: SpeakOrRecordedRequest): Promise<{ readonly track: SpokenTrack; readonly lips: LipTrack }>
  onProgress?: (progress: RenderProgress) => void
  signal?: AbortSignal
}

/**
 * Speaks a job's script, or times a recording of it.
 * @throws Failure `INVALID_REQUEST` with reason `script-too-long` (extra: seconds, maxSeconds), or what the speaker says.
 */
export async function speakScript(
  job: Omit<SpeakJob, 'speechPath'>,
  tools: SpeakTools,
): Promise<{ track: SpokenTrack; lips: LipTrack }> {
  const request = speakRequestOf(job, (done, total) => tools.onProgress?.({ stage: 'speech', done, total }))
  const spoken = await tools.speak(tools.signal ? { ...request, signal: tools.signal } : request)
  const seconds = secondsOf(spoken.track)
  if (seconds > job.maxSeconds) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'script-too-long',
      message: `The script takes ${seconds.toFixed(1)} seconds to speak; at most ${job.maxSeconds} are allowed.`,
      hint: 'Shorten the script, raise the speed or ask for a longer video.',
      extra: { seconds: Math.round(seconds * 10) / 10, maxSeconds: job.maxSeconds },
    })
  }
  return spoken
}

/** Leaves the finished sound at `speechPath` and the script with the time of every word at `wordsPath`. */
export async function writeSpeech(
  { script, audioEnhancement, speechPath, wordsPath }: SpeakJob,
  track: SpokenTrack,
): Promise<TimedScript> {
  const finish = audioEnhancement ? enhance : protectPeaks
  const samples = finish(track.samples, track.sampleRate)
  await writeFile(speechPath, encodeWav({ sampleRate: track.sampleRate, samples }))
  const timed = timeScript(script, track.words, secondsOf(track) * 1000)
  await writeFile(wordsPath, JSON.stringify(timed))
  return timed
}

/** Speech alone: what a render would be heard to say, without its picture. @throws Failure as `speakScript` does */
export async function speakAlone(job: SpeakJob, tools: SpeakTools): Promise<SpeakResult> {
  const { track } = await speakScript(job, tools)
  tools.signal?.throwIfAborted()
  await writeSpeech(job, track)
  return { seconds: secondsOf(track) }
}

function secondsOf({ samples, sampleRate }: SpokenTrack): number {
  return samples.length / sampleRate
}
