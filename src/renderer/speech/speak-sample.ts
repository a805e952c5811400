import type { Speaker } from '../ports.ts'
import { encodeWav } from './audio.ts'
import { protectPeaks } from './enhance.ts'
import { sampleSentences } from './sample-sentences.ts'

/** A WAV file of the voice saying a sentence of its language. @throws Failure as the speaker does. */
export async function speakSample(speaker: Speaker, voice: string, signal?: AbortSignal): Promise<Buffer> {
  const language = speaker.voices.find(({ id }) => id === voice)?.language.split('-')[0] ?? 'en'
  const request = { text: sampleSentences[language] ?? '', voice, speed: 1, pitchSemitones: 0 }
  const { samples, sampleRate } = await speaker.speak(signal ? { ...request, signal } : request)
  return encodeWav({ sampleRate, samples: protectPeaks(samples, sampleRate) })
}
