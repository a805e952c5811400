import { readFile } from 'node:fs/promises'
import type { Speaker, SpeakRequest, SpokenTrack } from '../ports.ts'
import { alignRecording, compareRecording } from './align-recording.ts'
import { decodeWav } from './audio.ts'
import { readCharacterTimes } from './character-times.ts'
import { layIntoLetters } from './timed-speech.ts'

/** A script with the recording of it, where there is one: a mono 16-bit WAV as the intake writes it. */
export type SpeakOrRecordedRequest = SpeakRequest & {
  readonly recordingPath?: string
  /** CharacterTimes as JSON, where a voice that speaks nothing but the script made the recording; perhaps without any times. */
  readonly charactersPath?: string
}

/**
 * The recording with the times of its sounds where there is one, else the voice. Whether it says the script is asked only of
 * a recording that somebody sent.
 * @throws Failure as Speaker and alignRecording do
 */
export async function speakOrAlign(speaker: Speaker, request: SpeakOrRecordedRequest): Promise<SpokenTrack> {
  const { recordingPath, charactersPath, ...spoken } = request
  if (recordingPath === undefined) return speaker.speak(spoken)
  const recording = decodeWav(await readFile(recordingPath))
  const reference = await speaker.speak({ ...spoken, speed: 1, pitchSemitones: 0 })
  if (charactersPath === undefined) return alignRecording(reference, recording)
  const times = readCharacterTimes(JSON.parse(await readFile(charactersPath, 'utf8')))
  return (times && layIntoLetters(reference, recording, times)) ?? compareRecording(reference, recording).track
}
