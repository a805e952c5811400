import { readFile } from 'node:fs/promises'
import type { Speaker, SpeakRequest, SpokenTrack } from '../ports.ts'
import { alignRecording } from './align-recording.ts'
import { decodeWav } from './audio.ts'

/** A script with the recording of it, where there is one: a mono 16-bit WAV as the intake writes it. */
export type SpeakOrRecordedRequest = SpeakRequest & { readonly recordingPath?: string }

/**
 * The recording with the times of its sounds where there is one, else the voice.
 * @throws Failure as Speaker and alignRecording do
 */
export async function speakOrAlign(speaker: Speaker, request: SpeakOrRecordedRequest): Promise<SpokenTrack> {
  const { recordingPath, ...spoken } = request
  if (recordingPath === undefined) return speaker.speak(spoken)
  const recording = decodeWav(await readFile(recordingPath))
  const reference = await speaker.speak({ ...spoken, speed: 1, pitchSemitones: 0 })
  return alignRecording(reference, recording)
}
