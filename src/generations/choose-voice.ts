/** Which language a script is spoken in and by which voice: what was asked for, where it can be; never another's sounds. */
import { Failure } from '../errors.ts'
import { type DetectedLanguage, detectLanguage } from './detect-language.ts'
import type { LanguageSource, Settings } from './generation.ts'
import { languageName, languagesWrittenIn, mainWritingSystem, primaryLanguage } from './language.ts'
import type { SpeechMeter, SpeechVoice } from './ports.ts'

export interface VoiceChoice {
  readonly voice: SpeechVoice
  readonly languageSource: LanguageSource
}

/**
 * A language that was given is taken at its word. Else a voice that was asked for decides, unless the script is clearly in another
 * language; else the script does.
 * @throws Failure INVALID_REQUEST 'script-not-speakable' | 'language-unsupported' | 'language-writing-mismatch' | 'voice-unknown' | 'voice-language-mismatch'
 */
export async function chooseVoice(
  script: string,
  { language, voice: voiceId }: Pick<Settings, 'language' | 'voice'>,
  speech: Pick<SpeechMeter, 'voices' | 'languageScores'>,
  signal?: AbortSignal,
): Promise<VoiceChoice> {
  const writing = mainWritingSystem(script)
  if (writing === null) throw noLetters()
  const { voices } = speech
  const asked = voiceId === null ? null : requireVoice(voiceId, voices)
  if (language !== null) {
    const speaking = voicesFor(language, voices)
    if (speaking.length === 0) throw unsupported(language, voices)
    requireWritten(writing, primaryLanguage(language))
    if (asked && !voicesFor(language, [asked]).length) throw otherLanguage(asked, language)
    return { voice: asked ?? speaking[0]!, languageSource: 'given' }
  }
  const detected = await detectLanguage(script, writing, (text) => speech.languageScores(text, signal))
  if (asked) {
    const own = primaryLanguage(asked.language)
    if (own !== detected.language && (detected.sure || !isWritten(writing, own))) throw otherScript(asked, detected)
    return { voice: asked, languageSource: 'voice' }
  }
  const [voice] = voicesFor(detected.language, voices)
  if (!voice) throw unsupported(detected.language, voices)
  return { voice, languageSource: 'detected' }
}

/** Voices of just this tag first ('fr-CH'), then those of its language. */
function voicesFor(tag: string, voices: readonly SpeechVoice[]): readonly SpeechVoice[] {
  const primary = primaryLanguage(tag)
  const speaking = voices.filter(({ language }) => primaryLanguage(language) === primary)
  const exact = speaking.filter(({ language }) => language.toLowerCase() === tag.toLowerCase())
  return [...exact, ...speaking.filter((voice) => !exact.includes(voice))]
}

function isWritten(writing: string, language: string): boolean {
  return languagesWrittenIn(writing)?.includes(language) ?? true
}

function requireWritten(writing: string, language: string): void {
  if (isWritten(writing, language)) return
  throw new Failure('INVALID_REQUEST', {
    reason: 'language-writing-mismatch',
    message: `The script is in ${writing} letters, which ${languageName(language)} is not written in.`,
    hint: 'Leave language out, or give the language that the script is in.',
  })
}

function requireVoice(id: string, voices: readonly SpeechVoice[]): SpeechVoice {
  const voice = voices.find((candidate) => candidate.id === id)
  if (voice) return voice
  throw new Failure('INVALID_REQUEST', {
    reason: 'voice-unknown',
    message: `There is no voice '${id}'.`,
    hint: 'GET /api/v1/voices lists the voices; ?language=fr those of one language.',
  })
}

function noLetters(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'script-not-speakable',
    message: 'The script has no letters, so there is nothing to say.',
    hint: 'Write out the words to be spoken.',
  })
}

function otherLanguage(voice: SpeechVoice, language: string): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'voice-language-mismatch',
    message: `The voice '${voice.id}' speaks ${voice.language}, not '${language}'.`,
    hint: 'Leave out voice or language, or make them agree.',
  })
}

function otherScript(voice: SpeechVoice, { language }: DetectedLanguage): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'voice-language-mismatch',
    message: `The voice '${voice.id}' speaks ${voice.language}, but the script seems to be in ${languageName(language)}.`,
    hint: `Leave out voice, choose one that speaks '${language}', or give language=${voice.language} if the script is in it.`,
    extra: { detected_language: language },
  })
}

function unsupported(tag: string, voices: readonly SpeechVoice[]): Failure {
  const spoken = [...new Set(voices.map((voice) => primaryLanguage(voice.language)))]
  return new Failure('INVALID_REQUEST', {
    reason: 'language-unsupported',
    message: `No voice here speaks ${languageName(primaryLanguage(tag))} ('${tag}').`,
    hint: `Languages that can be spoken: ${spoken.join(', ')}. If the script is in one of them, say so with language.`,
    extra: { languages: spoken },
  })
}
