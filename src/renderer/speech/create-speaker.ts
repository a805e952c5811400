import type { Speaker } from '../ports.ts'
import { createEspeakSpeaker } from './espeak-speaker.ts'
import { createFliteSpeaker } from './flite-speaker.ts'

/** Every voice of this installation as one speaker: flite's, which are the better English ones, first. */
export function createSpeaker(): Speaker {
  const flite = createFliteSpeaker()
  const espeak = createEspeakSpeaker()
  return {
    voices: [...flite.voices, ...espeak.voices],
    speak: (request) => (espeak.voices.some(({ id }) => id === request.voice) ? espeak : flite).speak(request),
  }
}
