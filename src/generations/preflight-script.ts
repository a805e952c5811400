/** Everything about the words that can be wrong is found here, before any work: language, voice, length. */
import { Failure } from '../errors.ts'
import { chooseVoice } from './choose-voice.ts'
import type { LanguageSource, Settings } from './generation.ts'
import { primaryLanguage } from './language.ts'
import type { SpeechMeter } from './ports.ts'

export interface ScriptVerdict {
  /** Primary language subtag. */
  readonly language: string
  readonly languageSource: LanguageSource
  readonly voice: string
  /** Expected seconds of speech. */
  readonly seconds: number
}

/**
 * The length is estimated without speaking; only where the estimate's band straddles the bound is the script really
 * spoken, so that nobody is refused, or let in, on a guess.
 * @throws Failure INVALID_REQUEST 'script-too-long' | 'script-not-speakable', and as chooseVoice
 */
export async function preflightScript(
  script: string,
  settings: Settings,
  speech: SpeechMeter,
  signal?: AbortSignal,
): Promise<ScriptVerdict> {
  const { voice, languageSource } = await chooseVoice(script, settings, speech, signal)
  const guess = speech.estimate({ text: script, voice: voice.id, speed: settings.speed })
  const bound = settings.maxSeconds
  let seconds = guess.seconds
  if (guess.low <= bound && guess.high > bound) {
    const request = { text: script, voice: voice.id, speed: settings.speed, pitchSemitones: settings.pitch }
    seconds = (await speech.measure(signal ? { ...request, signal } : request)).seconds
  }
  if (seconds > bound) throw tooLong(seconds, bound)
  return { language: primaryLanguage(voice.language), languageSource, voice: voice.id, seconds }
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
