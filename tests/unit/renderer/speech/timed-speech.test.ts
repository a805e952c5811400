import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type ToldLetters, tellLetters } from '../../../../scripts/tell-letters.ts'
import type { SpokenTrack } from '../../../../src/renderer/ports.ts'
import { compareRecording } from '../../../../src/renderer/speech/align-recording.ts'
import { encodeWav } from '../../../../src/renderer/speech/audio.ts'
import { readCharacterTimes } from '../../../../src/renderer/speech/character-times.ts'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { spellSounds } from '../../../../src/renderer/speech/letter-sounds.ts'
import { speakOrAlign } from '../../../../src/renderer/speech/speak-recording.ts'
import { layIntoLetters } from '../../../../src/renderer/speech/timed-speech.ts'
import { closuresHit, withNoise, withPauses } from './a-recording.ts'

const speaker = createFliteSpeaker()
const say = (text: string, voice: string): Promise<SpokenTrack> =>
  speaker.speak({ text, voice, speed: 1, pitchSemitones: 0 })

const scripts = [
  'Bob and Pam made a map of the park, but maybe somebody moved the bridge by the pond.',
  'My mother bought a purple umbrella. Perhaps it will be useful when November begins.',
  'Please remember to bring bread, butter and some apples. We may camp by the lake.',
]
const letters = (told: ToldLetters) => readCharacterTimes(told)!
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('a voice that tells its letters', () => {
  it.each([
    ['en-us-slt', 'en-us-rms'],
    ['en-gb-awb', 'en-us-slt'],
  ])(
    'has its closures found by %s when %s speaks in a noisy room, where the walk alone loses some',
    async (guide, voice) => {
      const timed: number[] = []
      const walked: number[] = []
      for (const script of scripts) {
        const truth = withNoise(await say(script, voice), 10)
        const reference = await say(script, guide)
        timed.push(closuresHit(truth, layIntoLetters(reference, truth, letters(tellLetters(script, truth)))!))
        walked.push(closuresHit(truth, compareRecording(reference, truth).track))
      }
      expect(mean(timed)).toBeGreaterThanOrEqual(0.93)
      expect(mean(timed)).toBeGreaterThanOrEqual(mean(walked))
    },
  )

  it('keeps its own samples, with contiguous sounds from 0 to its end and pauses where it makes them', async () => {
    const plain = await say(scripts[0]!, 'en-us-rms')
    const pause = plain.words[4]!.endMs
    const truth = withPauses(plain, [[pause, 700]])
    const found = layIntoLetters(await say(scripts[0]!, 'en-us-slt'), truth, letters(tellLetters(scripts[0]!, truth)))!
    expect(found.samples).toBe(truth.samples)
    for (const [index, { startMs, endMs }] of found.phones.entries()) {
      expect(startMs).toBe(found.phones[index - 1]?.endMs ?? 0)
      expect(endMs).toBeGreaterThanOrEqual(startMs)
    }
    expect(found.phones.at(-1)!.endMs).toBeCloseTo((truth.samples.length / truth.sampleRate) * 1000, 6)
    const silent = found.phones.find(({ phone, startMs }) => phone === 'pau' && Math.abs(startMs - pause) < 60)!
    expect(silent.endMs - silent.startMs).toBeGreaterThan(600)
    for (const [index, { startMs }] of found.words.entries()) {
      expect(Math.abs(startMs - truth.words[index]!.startMs)).toBeLessThan(60)
    }
  })

  it('says numbers and signs that have fewer characters than sounds', async () => {
    const script = 'It costs $5 & 20 cents, or 3% more.'
    const truth = await say(script, 'en-us-slt')
    const found = layIntoLetters(await say(script, 'en-us-rms'), truth, letters(tellLetters(script, truth)))!
    const last = (track: SpokenTrack) => track.words.at(-1)!
    expect(last(found).word).toBe('more')
    expect(Math.abs(last(found).startMs - last(truth).startMs)).toBeLessThan(60)
  })

  it.each<[string, (told: ToldLetters) => ToldLetters]>([
    ['of another text', ({ characters, ...times }) => ({ ...times, characters: characters.map(() => 'x') })],
    ['beyond the end', (told) => ({ ...told, endSeconds: told.endSeconds.map((seconds) => seconds + 1) })],
    ['that go back', (told) => ({ ...told, startSeconds: told.startSeconds.toReversed() })],
    ['of nothing', () => ({ characters: [], startSeconds: [], endSeconds: [] })],
  ])('is not believed times %s', async (_what, change) => {
    const truth = await say('Bob and Pam.', 'en-us-slt')
    const told = change(tellLetters('Bob and Pam.', truth))
    expect(layIntoLetters(await say('Bob and Pam.', 'en-us-rms'), truth, letters(told))).toBeNull()
  })

  it('is laid along by ear where its times are no times, and not asked whether it says the script', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'timed-'))
    try {
      const recordingPath = join(directory, 'speech.wav')
      const charactersPath = join(directory, 'characters.json')
      await writeFile(recordingPath, encodeWav(await say('Bob and Pam.', 'en-us-slt')))
      await writeFile(charactersPath, JSON.stringify({ characters: ['B'], startSeconds: [], endSeconds: [0.1] }))
      const request = { text: scripts[1]!, voice: 'en-us-rms', speed: 1, pitchSemitones: 0, recordingPath }
      await expect(speakOrAlign(speaker, request)).rejects.toMatchObject({ reason: 'recording-does-not-match' })
      const { words } = await speakOrAlign(speaker, { ...request, charactersPath })
      expect(words).toHaveLength(14)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})

describe('the letters of a sound', () => {
  it('are those that spell it', () => {
    expect(spellSounds([...'phoned'], ['f', 'ow', 'n', 'd'])).toEqual([
      { first: 0, last: 1 },
      { first: 2, last: 2 },
      { first: 3, last: 4 },
      { first: 5, last: 5 },
    ])
    expect(spellSounds([...'box'], ['b', 'aa', 'k', 's'])!.slice(2)).toEqual([
      { first: 2, last: 2 },
      { first: 2, last: 2 },
    ])
  })

  it('are not told by writing that spells no sounds', () => {
    expect(spellSounds(['5'], ['f', 'ay', 'v', 'd', 'aa', 'l', 'er', 'z'])).toBeNull()
    expect(spellSounds([...'你好'], ['n', 'iy', 'hh', 'aw'])).toBeNull()
  })
})
