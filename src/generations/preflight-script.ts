/** Everything about the words that can be wrong is found here, before any work: language, voice, length. */
import { Failure } from '../errors.ts'
import type { Settings } from './generation.ts'
import { mainWritingSystem, primaryLanguage } from './language.ts'
import type { SpeechMeter, SpeechVoice } from './ports.ts'

export interface ScriptVerdict {
  /** Primary language subtag. */
  readonly language: string
  readonly voice: string
  /** Expected seconds of speech. */
  readonly seconds: number
}

/**
 * The length is estimated without speaking; only where the estimate's band straddles the bound is the script really
 * spoken, so that nobody is refused, or let in, on a guess.
 * @throws Failure INVALID_REQUEST 'language-unsupported' | 'voice-unknown' | 'script-too-long' | 'script-not-speakable'.
 */
export async function preflightScript(
  script: string,
  settings: Settings,
  speech: SpeechMeter,
  signal?: AbortSignal,
): Promise<ScriptVerdict> {
  const voice = chooseVoice(script, settings, speech.voices)
  const guess = speech.estimate({ text: script, voice: voice.id, speed: settings.speed })
  const bound = settings.maxSeconds
  let seconds = guess.seconds
  if (guess.low <= bound && guess.high > bound) {
    const request = { text: script, voice: voice.id, speed: settings.speed, pitchSemitones: settings.pitch }
    seconds = (await speech.measure(signal ? { ...request, signal } : request)).seconds
  }
  if (seconds > bound) throw tooLong(seconds, bound)
  return { language: primaryLanguage(voice.language), voice: voice.id, seconds }
}

export function tooLong(seconds: number, bound: number): Failure {
  const needed = Math.ceil(seconds)
  return new Failure('INVALID_REQUEST', {
    reason: 'script-too-long',
    message: `Speaking this script takes about ${needed} seconds; the bound is ${bound}.`,
    hint:
      needed <= 60
        ? `Ask for a duration of ${needed} or more, or shorten the script.`
        : 'Shorten the script, or raise voice_settings.speed.',
    extra: { seconds: needed, max_seconds: bound },
  })
}

function chooseVoice(script: string, settings: Settings, voices: readonly SpeechVoice[]): SpeechVoice {
  const writing = mainWritingSystem(script)
  if (writing === null) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'script-not-speakable',
      message: 'The script has no letters, so there is nothing to say.',
      hint: 'Write out the words to be spoken.',
    })
  }
  const spoken = [...new Set(voices.map((voice) => primaryLanguage(voice.language)))]
  const language = settings.language === null ? null : primaryLanguage(settings.language)
  if (language !== null && !spoken.includes(language)) throw unsupported(`'${settings.language}'`, spoken)
  if (writing !== 'Latin') throw unsupported(`a script in ${writing} letters`, spoken)
  if (settings.voice !== null) return namedVoice(settings.voice, language, voices)
  return voices.find((voice) => primaryLanguage(voice.language) === (language ?? 'en')) ?? voices[0]!
}

function namedVoice(id: string, language: string | null, voices: readonly SpeechVoice[]): SpeechVoice {
  const voice = voices.find((candidate) => candidate.id === id)
  if (!voice) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'voice-unknown',
      message: `There is no voice '${id}'.`,
      hint: `Choose one of: ${voices.map((candidate) => candidate.id).join(', ')}.`,
    })
  }
  if (language !== null && primaryLanguage(voice.language) !== language) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'voice-language-mismatch',
      message: `The voice '${id}' speaks ${voice.language}, not '${language}'.`,
      hint: 'Leave out voice or language, or make them agree.',
    })
  }
  return voice
}

function unsupported(what: string, spoken: readonly string[]): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'language-unsupported',
    message: `No voice here speaks ${what}.`,
    hint: `Languages that can be spoken: ${spoken.join(', ')}.`,
    extra: { languages: spoken },
  })
}
