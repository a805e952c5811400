/** A voice for the simulator of a cloud voice: our own, and when it says each character. */
import { chooseVoice } from '../src/generations/choose-voice.ts'
import type { Speaker } from '../src/renderer/ports.ts'
import { createSpeaker } from '../src/renderer/speech/create-speaker.ts'
import { scoreLanguages } from '../src/renderer/speech/score-languages.ts'
import { sandboxMaleVoice } from '../src/sandbox/elevenlabs-simulator.ts'
import type { TellSpeech } from '../src/sandbox/elevenlabs-speech.ts'
import { tellLetters } from './tell-letters.ts'

const englishMan = 'en-us-rms'

/** In the language of the text, whichever it is. */
export function createSandboxVoice(speaker: Speaker = createSpeaker()): TellSpeech {
  const speech = { voices: speaker.voices, languageScores: (text: string) => scoreLanguages(text) }
  return async ({ text, voiceId, speed }) => {
    const chosen = await chooseVoice(text, { language: null, voice: null }, speech)
    const isMan = voiceId === sandboxMaleVoice && chosen.voice.language.startsWith('en')
    const voice = isMan ? englishMan : chosen.voice.id
    const track = await speaker.speak({ text, voice, speed, pitchSemitones: 0 })
    return { sampleRate: track.sampleRate, samples: track.samples, ...tellLetters(text, track) }
  }
}
