import { describe, expect, it } from '@jest/globals'
import type { Failure } from '../../../src/errors.ts'
import { chooseVoice } from '../../../src/generations/choose-voice.ts'
import type { SpeechVoice } from '../../../src/generations/ports.ts'
import { scoreLanguages } from '../../../src/renderer/speech/score-languages.ts'

const voice = (id: string, language: string): SpeechVoice => ({
  id,
  name: id,
  language,
  gender: 'male',
  engine: 'test',
})
const english = [voice('en-a', 'en-US'), voice('en-b', 'en-GB')]
const all = [
  ...english,
  voice('fr-a', 'fr-FR'),
  voice('fr-b', 'fr-CH'),
  voice('nb-a', 'nb-NO'),
  voice('ru-a', 'ru-RU'),
  voice('zh-a', 'zh-CN'),
]

type Asked = { readonly language?: string; readonly voice?: string }
const choose = async (script: string, { language, voice: id }: Asked = {}, voices = all) => {
  const chosen = await chooseVoice(
    script,
    { language: language ?? null, voice: id ?? null },
    { voices, languageScores: scoreLanguages },
  )
  return `${chosen.voice.id} ${chosen.languageSource}`
}
const refusal = (script: string, asked: Asked = {}, voices = all): Promise<Failure> =>
  choose(script, asked, voices).then(
    (chosen) => {
      throw new Error(`it took ${chosen}`)
    },
    (failure: Failure) => failure,
  )

describe('the voice of a script', () => {
  it.each([
    ['the language that the script is in', 'Bonjour tout le monde, je suis une photo.', {}, 'fr-a detected'],
    ['English for a short greeting', 'Hi Anna', {}, 'en-a detected'],
    ['the letters', 'Привет', {}, 'ru-a detected'],
    ['the language that was given, whatever the script', 'Hello there, my friend.', { language: 'fr' }, 'fr-a given'],
    ['the region that was given', 'Bonjour', { language: 'fr-CH' }, 'fr-b given'],
    ['another region where that one has no voice', 'Bonjour', { language: 'fr-CA' }, 'fr-a given'],
    ['another name of the language', 'God dag', { language: 'no' }, 'nb-a given'],
    ['the voice that was asked for', 'Hello there, my friend.', { voice: 'en-b' }, 'en-b voice'],
    ['the voice that was asked for, where the script says little', 'OK, Maria!', { voice: 'fr-b' }, 'fr-b voice'],
    ['voice and language where they agree', 'Bonjour', { voice: 'fr-b', language: 'fr' }, 'fr-b given'],
  ])('goes by %s', async (_what, script, asked, chosen) => {
    expect(await choose(script, asked)).toBe(chosen)
  })

  it.each([
    [
      'a French script where nobody speaks French',
      'Bonjour tout le monde, je suis une photo.',
      {},
      english,
      'language-unsupported',
    ],
    ['a Thai script where nobody speaks Thai', 'สวัสดีครับ', {}, all, 'language-unsupported'],
    ['a language that nobody speaks', 'Hello', { language: 'tlh' }, all, 'language-unsupported'],
    [
      'an English voice for a French script',
      'Bonjour tout le monde, je suis une photo.',
      { voice: 'en-a' },
      all,
      'voice-language-mismatch',
    ],
    ['an English voice for Russian letters', 'Привет', { voice: 'en-a' }, all, 'voice-language-mismatch'],
    [
      'a voice of another language than the given one',
      'Bonjour',
      { voice: 'en-a', language: 'fr' },
      all,
      'voice-language-mismatch',
    ],
    ['a language that is not written so', '你好，世界', { language: 'ru' }, all, 'language-writing-mismatch'],
    ['a voice that there is not', 'Hello', { voice: 'nobody' }, all, 'voice-unknown'],
    ['no letters', '123 !!! 😀', {}, all, 'script-not-speakable'],
  ])('is refused for %s', async (_what, script, asked, voices, reason) => {
    const failure = await refusal(script, asked, voices)
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', status: 422, reason })
    expect(failure.hint).toBeTruthy()
  })

  it('names what is there when a language is not', async () => {
    const failure = await refusal('Bonjour tout le monde, je suis une photo.', {}, english)
    expect(failure.message).toContain('French')
    expect(failure.extra).toEqual({ languages: ['en'] })
  })
})
