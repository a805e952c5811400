import { describe, expect, it } from '@jest/globals'
import type { Failure } from '../../../src/errors.ts'
import type { Settings } from '../../../src/generations/generation.ts'
import type { SpeechMeter } from '../../../src/generations/ports.ts'
import { preflightScript } from '../../../src/generations/preflight-script.ts'
import { settings as usual } from '../../doubles/heart.ts'

const settings: Settings = { ...usual, maxSeconds: 30 }

/** A meter whose words take exactly half a second, guessed to within a fifth. */
function meter(): SpeechMeter & { measured: number } {
  const seconds = (text: string) => text.split(/\s+/).length / 2
  return {
    measured: 0,
    voices: [
      { id: 'en-us-a', name: 'A', language: 'en-US', gender: 'female', engine: 'flite' },
      { id: 'en-us-b', name: 'B', language: 'en-US', gender: 'male', engine: 'flite' },
    ],
    languageScores: async () => ({ en: 0.8 }),
    estimate: ({ text }) => ({ seconds: seconds(text), low: seconds(text) * 0.8, high: seconds(text) * 1.2 }),
    async measure({ text }) {
      this.measured++
      return { seconds: seconds(text) }
    },
  }
}

const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ')

async function refusal(script: string, changes: Partial<Settings> = {}): Promise<Failure> {
  const outcome = preflightScript(script, { ...settings, ...changes }, meter())
  return outcome.then(
    () => {
      throw new Error('it was let in')
    },
    (error: Failure) => error,
  )
}

describe('the preflight of a script', () => {
  it('fills in language and voice', async () => {
    await expect(preflightScript(words(4), settings, meter())).resolves.toEqual({
      language: 'en',
      languageSource: 'detected',
      voice: 'en-us-a',
      seconds: 2,
    })
  })

  it('takes the voice that was asked for', async () => {
    const verdict = await preflightScript(words(4), { ...settings, voice: 'en-us-b', language: 'en-GB' }, meter())
    expect(verdict.voice).toBe('en-us-b')
  })

  it('speaks nothing where the estimate is clear', async () => {
    const speech = meter()
    await preflightScript(words(20), settings, speech)
    await preflightScript(words(200), settings, speech).catch(() => {})
    expect(speech.measured).toBe(0)
  })

  it('speaks it where the estimate straddles the bound, and goes by that', async () => {
    const speech = meter()
    await expect(preflightScript(words(60), settings, speech)).resolves.toMatchObject({ seconds: 30 })
    await expect(preflightScript(words(61), settings, speech)).rejects.toMatchObject({ reason: 'script-too-long' })
    expect(speech.measured).toBe(2)
  })

  it('says how many seconds a script that is too long would take', async () => {
    const failure = await refusal(words(100))
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', status: 422, reason: 'script-too-long' })
    expect(failure.extra).toEqual({ seconds: 50, max_seconds: 30 })
    expect(failure.message).toContain('50')
    expect(failure.hint).toContain('duration of 50')
  })

  it.each([
    ['a language without a voice', 'bonjour', { language: 'fr' }, 'language-unsupported'],
    ['letters no voice can read', 'Привет, как дела?', {}, 'language-unsupported'],
    [
      'letters no voice can read, whatever the language says',
      '你好，世界',
      { language: 'en' },
      'language-writing-mismatch',
    ],
    ['a voice that does not exist', 'hello', { voice: 'en-us-z' }, 'voice-unknown'],
    ['nothing but punctuation', '!!! ... 😀', {}, 'script-not-speakable'],
  ])('refuses %s', async (_what, script, changes, reason) => {
    const failure = await refusal(script, changes)
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', reason })
    expect(failure.hint).toBeTruthy()
  })

  it('names the languages there are', async () => {
    expect((await refusal('bonjour', { language: 'fr' })).hint).toContain('en')
  })
})
