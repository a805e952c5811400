import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from '@jest/globals'
import { Failure } from '../../../../src/errors.ts'
import type { SpeakRequest } from '../../../../src/renderer/ports.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { visemes } from '../../../../src/renderer/speech/visemes.ts'
import { pitchOf } from './pitch-of.ts'

const speaker = createFliteSpeaker()
const ids = speaker.voices.map(({ id }) => id)
const script = 'Hello there, this photo can speak. The apple cost $5 million in 1995! Bring a warm jacket & my map.'

const speak = (text: string, changes: Partial<SpeakRequest> = {}) =>
  speaker.speak({ text, voice: 'en-us-kal16', speed: 1, pitchSemitones: 0, ...changes })

const refusalOf = async (text: string, changes: Partial<SpeakRequest> = {}): Promise<Failure> => {
  const outcome = await speak(text, changes).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome instanceof Failure) return outcome
  throw new Error(`no Failure for ${JSON.stringify(text)}: ${outcome}`)
}

describe('the built-in voices', () => {
  it.each(ids)('%s gives contiguous sounds that start at 0 and end with the audio', async (voice) => {
    const { samples, sampleRate, phones } = await speak(script, { voice })
    expect(sampleRate).toBe(16_000)
    expect(phones[0]).toMatchObject({ phone: 'pau', startMs: 0 })
    for (const [index, phone] of phones.entries()) {
      expect(phone.startMs).toBe(phones[index - 1]?.endMs ?? 0)
      expect(phone.endMs).toBeGreaterThan(phone.startMs)
      expect(visemes.has(phone.phone)).toBe(true)
    }
    expect(phones.at(-1)).toMatchObject({ phone: 'pau', endMs: samples.length / 16 })
  })

  it.each(ids)('%s is silent for 150 ms before the first sound and 350 ms after the last', async (voice) => {
    const { phones, samples } = await speak('Hello, world. Goodbye.', { voice })
    expect(phones[0]!.endMs).toBe(150)
    expect(phones.at(-1)!.endMs - phones.at(-1)!.startMs).toBeCloseTo(350, 0)
    expect(Math.max(...samples.slice(0, 160).map(Math.abs))).toBeLessThan(400)
    expect(Math.max(...samples.slice(-1600).map(Math.abs))).toBeLessThan(400)
    expect(Math.max(...samples.map(Math.abs))).toBeGreaterThan(3000)
  })

  it('says the same text with the same samples every time', async () => {
    const [first, second] = [await speak(script, { voice: 'en-us-slt' }), await speak(script, { voice: 'en-us-slt' })]
    expect(Buffer.from(second.samples.buffer).equals(Buffer.from(first.samples.buffer))).toBe(true)
    expect(second.phones).toEqual(first.phones)
  })

  it.each(['en-us-slt', 'en-us-kal16'])('%s gives every written word its own time, in order', async (voice) => {
    const { words } = await speak(script, { voice })
    expect(words.map(({ word }) => word).join(' ')).toBe(
      'Hello there this photo can speak The apple cost $5 million in 1995 Bring a warm jacket & my map',
    )
    for (const [index, word] of words.entries()) {
      expect(word.endMs).toBeGreaterThan(word.startMs)
      expect(word.startMs).toBeGreaterThanOrEqual(words[index - 1]?.endMs ?? 0)
    }
  })

  it('puts the sounds of a word inside the time of that word', async () => {
    const { words, phones } = await speak('We saw the old elephant jump over a puddle.', { voice: 'en-us-slt' })
    const soundsOf = (wanted: string) => {
      const { startMs, endMs } = words.find(({ word }) => word === wanted)!
      return phones.filter((phone) => phone.startMs >= startMs && phone.endMs <= endMs).map(({ phone }) => phone)
    }
    expect(soundsOf('jump').join(' ')).toBe('jh ah m p')
    expect(soundsOf('puddle').join(' ')).toBe('p ah d ax l')
    expect(soundsOf('the').at(-1)).toBe('iy')
  })

  it('marks the stressed syllables of content words only', async () => {
    const { phones } = await speak('The banana of the computer.')
    expect(phones.filter(({ stressed }) => stressed).map(({ phone }) => phone)).toEqual(['ae', 'uw'])
  })

  it('speaks typographic signs, accents and currencies as the plain words', async () => {
    const sounds = async (text: string) => (await speak(text)).phones.map(({ phone }) => phone).join(' ')
    expect(await sounds('“Don’t” go — to the café…')).toBe(await sounds('"Don\'t" go, to the cafe.'))
    expect(await sounds('It costs £5 & €6.')).toBe(await sounds('It costs 5 pounds and 6 euros.'))
    expect(await sounds('**Bold**\u00a0_words_ 🎉\u0007 here')).toBe(await sounds('Bold words here'))
  })

  it('takes neither options nor markup from a script', async () => {
    const { phones } = await speak('-o none --help')
    expect(phones.length).toBeGreaterThan(8)
    const plain = await speak('speak prosody hello')
    const marked = await speak('<speak> <prosody> hello')
    expect(marked.phones.map(({ phone }) => phone)).toEqual(plain.phones.map(({ phone }) => phone))
  })
})

describe('what cannot be spoken', () => {
  it.each(['', '   ', '!!!', '...', '🎉🎉', '你好，世界', 'Привет', '- -- -', '"', '\u0000'])(
    'refuses %j',
    async (text) => {
      const failure = await refusalOf(text)
      expect(failure).toMatchObject({ code: 'INVALID_REQUEST', reason: 'script-not-speakable', status: 422 })
      expect(failure.hint).toBeTruthy()
    },
  )

  it('names the letters that it cannot read instead of skipping them', async () => {
    expect((await refusalOf('Hello 世界, how are you?')).message).toContain('世 界')
  })

  it('refuses a voice it does not have and names those it has', async () => {
    const failure = await refusalOf('Hello', { voice: 'en-us-nobody' })
    expect(failure).toMatchObject({ code: 'INVALID_REQUEST', reason: 'voice-unknown' })
    expect(failure.hint).toContain('en-us-slt')
  })

  it.each([
    ['speed', { speed: 0 }],
    ['speed', { speed: Number.NaN }],
    ['pitch', { pitchSemitones: 13 }],
  ])('refuses a %s out of range: %j', async (name, changes) => {
    expect((await refusalOf('Hello', changes)).reason).toBe(`${name}-out-of-range`)
  })
})

describe('speed and pitch', () => {
  it.each(ids)('%s takes half the time at twice the speed and twice at half', async (voice) => {
    const spoken = async (speed: number) => {
      const { phones } = await speak('Every morning the baker opens his shop before the sun comes up.', {
        voice,
        speed,
      })
      return phones.at(-1)!.startMs - phones[0]!.endMs
    }
    const natural = await spoken(1)
    expect((await spoken(2)) / natural).toBeCloseTo(0.5, 1)
    expect((await spoken(0.5)) / natural).toBeCloseTo(2, 1)
  })

  it.each(ids.flatMap((voice) => [-4, 4].map((semitones) => [voice, semitones] as const)))(
    '%s moves its pitch by %i semitones',
    async (voice, semitones) => {
      const text = 'Every morning the baker opens his shop before the sun comes up over the old town.'
      const natural = pitchOf(await speak(text, { voice }))
      const shifted = pitchOf(await speak(text, { voice, pitchSemitones: semitones }))
      const moved = 12 * Math.log2(shifted / natural)
      expect(Math.abs(moved - semitones)).toBeLessThan(1)
    },
  )
})

describe('long scripts', () => {
  const sentence = 'The river carries the small boats down to the sea, and nobody on the bridge is in a hurry. '

  it('speaks two minutes without holding more memory than the sound itself', async () => {
    // What other tests of this process left behind is not what speaking holds.
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    await speak(sentence)
    collectGarbage()
    const before = process.memoryUsage().rss
    const { samples, sampleRate } = await speak(sentence.repeat(24))
    expect(samples.length / sampleRate).toBeGreaterThan(110)
    collectGarbage()
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(150)
  })

  it('reports characters after every sentence, up to all of them', async () => {
    const reports: (readonly [number, number])[] = []
    await speak('One. Two, three.\nFour!', { onProgress: (done, total) => reports.push([done, total]) })
    expect(reports).toEqual([
      [4, 20],
      [15, 20],
      [20, 20],
    ])
  })

  it('stops between two sentences when aborted', async () => {
    const aborting = new AbortController()
    const reports: number[] = []
    const speaking = speak(sentence.repeat(10), {
      signal: aborting.signal,
      onProgress: (done) => {
        reports.push(done)
        if (reports.length === 2) aborting.abort(new Error('no longer wanted'))
      },
    })
    await expect(speaking).rejects.toThrow('no longer wanted')
    expect(reports).toHaveLength(2)
  })

  it('pauses longer after a paragraph than after a sentence, and hardly where a sentence was cut', async () => {
    const longestInnerPause = async (text: string) => {
      const { phones } = await speak(text)
      return Math.max(
        ...phones.slice(1, -1).map(({ phone, startMs, endMs }) => (phone === 'pau' ? endMs - startMs : 0)),
      )
    }
    expect(await longestInnerPause('Hello there. Good day.')).toBeCloseTo(380, 0)
    expect(await longestInnerPause('Hello there.\nGood day.')).toBeCloseTo(620, 0)
    expect(await longestInnerPause('going on and on '.repeat(20))).toBeCloseTo(40, 0)
  })
})
