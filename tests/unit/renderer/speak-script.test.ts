import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { TimedScript } from '../../../src/captions/time-script.ts'
import type { SpeakJob } from '../../../src/renderer/ports.ts'
import { speakAlone } from '../../../src/renderer/speak-script.ts'
import { decodeWav, encodeWav } from '../../../src/renderer/speech/audio.ts'
import { createFliteSpeaker } from '../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../src/renderer/speech/lip-timing.ts'
import { speakOrAlign } from '../../../src/renderer/speech/speak-recording.ts'

const speaker = createFliteSpeaker()
const tools = {
  speak: async (request: Parameters<typeof speakOrAlign>[1]) => {
    const track = await speakOrAlign(speaker, request)
    return { track, lips: planLips(track) }
  },
}

let directory: string
let job: SpeakJob

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'speak-'))
  job = {
    script: 'Mary may buy five big boats, Peter.',
    voice: 'en-us-kal16',
    speed: 1,
    pitchSemitones: 0,
    audioEnhancement: false,
    maxSeconds: 20,
    speechPath: join(directory, 'speech.wav'),
    wordsPath: join(directory, 'words.json'),
  }
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const read = async () => ({
  sound: decodeWav(await readFile(job.speechPath)),
  timed: JSON.parse(await readFile(job.wordsPath, 'utf8')) as TimedScript,
})

describe('speech alone', () => {
  it('is the sound with the time of each written word', async () => {
    const { seconds } = await speakAlone(job, tools)
    const { sound, timed } = await read()
    expect(sound.samples.length / sound.sampleRate).toBe(seconds)
    expect(timed.durationMs).toBe(Math.round(seconds * 1000))
    expect(timed.words.map(({ text }) => text).join('')).toBe(job.script)
  })

  it('is enhanced where the job wishes it', async () => {
    await speakAlone(job, tools)
    const plain = await readFile(job.speechPath)
    await speakAlone({ ...job, audioEnhancement: true }, tools)
    expect((await readFile(job.speechPath)).equals(plain)).toBe(false)
  })

  it('times the words of a recording, which it leaves as long as it was', async () => {
    const { samples, sampleRate, words } = await speaker.speak({ ...job, text: job.script, voice: 'en-us-slt' })
    const recordingPath = join(directory, 'recording.wav')
    await writeFile(recordingPath, encodeWav({ samples, sampleRate }))
    const { seconds } = await speakAlone({ ...job, recordingPath }, tools)
    expect(seconds).toBe(samples.length / sampleRate)
    const { timed } = await read()
    for (const [index, { startMs }] of timed.words.entries()) {
      expect(Math.abs(startMs - words[index]!.startMs)).toBeLessThan(120)
    }
  })

  it('is refused where it is longer than allowed, and leaves no file', async () => {
    await expect(speakAlone({ ...job, maxSeconds: 1 }, tools)).rejects.toMatchObject({ reason: 'script-too-long' })
    await expect(readFile(job.speechPath)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
