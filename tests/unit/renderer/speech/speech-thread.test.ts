import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transform } from '@swc/core'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../../src/renderer/speech/lip-timing.ts'
import { openSpeechThread, type SpeechThread } from '../../../../src/renderer/speech/speech-thread.ts'

/** A thread needs built code: the room's sources as plain JavaScript in a directory of their own. */
let built: string
let worker: URL
let thread: SpeechThread

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'speech-worker-'))
  const speech = 'src/renderer/speech'
  await mkdir(join(built, speech), { recursive: true })
  await symlink(resolve('node_modules'), join(built, 'node_modules'))
  await writeFile(join(built, 'package.json'), '{"type":"module"}')
  const sources = (await readdir(speech)).filter((name) => name.endsWith('.ts')).map((name) => `${speech}/${name}`)
  for (const source of ['src/errors.ts', ...sources]) {
    const { code } = await transform(await readFile(source, 'utf8'), {
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    })
    await writeFile(join(built, source.replace(/\.ts$/, '.js')), code.replaceAll(/(from '[^']+)\.ts'/g, "$1.js'"))
  }
  worker = pathToFileURL(join(built, speech, 'speech-worker.js'))
  thread = openSpeechThread(worker)
})

afterAll(async () => {
  await thread.close()
  await rm(built, { recursive: true, force: true })
})

const request = { text: 'Hello there. This is a thread.', voice: 'en-us-kal16', speed: 1, pitchSemitones: 0 }

describe('a speech thread', () => {
  it('gives what the speaker and the lip plan give in this thread, and its progress', async () => {
    const reports: number[] = []
    const { track, lipTrack } = await thread.speak({ ...request, onProgress: (done) => reports.push(done) })
    const here = await createFliteSpeaker().speak(request)
    expect([...track.samples]).toEqual([...here.samples])
    expect(track.phones).toEqual(here.phones)
    expect([...lipTrack.aperture]).toEqual([...planLips(here).aperture])
    expect(lipTrack.stressesMs).toEqual(planLips(here).stressesMs)
    expect(reports).toEqual([12, 29])
  })

  it('passes a refusal on as the Failure it was', async () => {
    await expect(thread.speak({ ...request, text: '!!!' })).rejects.toMatchObject({
      name: 'Failure',
      code: 'INVALID_REQUEST',
      reason: 'script-not-speakable',
      hint: expect.any(String),
    })
  })

  it('speaks one script after the other, whatever became of the one before', async () => {
    const first = await thread.speak(request)
    await expect(thread.speak({ ...request, text: '!!!' })).rejects.toMatchObject({ reason: 'script-not-speakable' })
    const second = await thread.speak(request)
    expect([...second.track.samples]).toEqual([...first.track.samples])
  })

  it('ends in the middle of the work when aborted', async () => {
    const aborting = new AbortController()
    const long = { ...request, text: request.text.repeat(200), signal: aborting.signal }
    const reports: number[] = []
    const speaking = thread.speak({
      ...long,
      onProgress: (done) => {
        reports.push(done)
        aborting.abort(new Error('no longer wanted'))
      },
    })
    await expect(speaking).rejects.toThrow('no longer wanted')
    expect(reports.length).toBeLessThan(200)
    await expect(thread.speak(request)).resolves.toMatchObject({ track: { sampleRate: 16000 } })
  })

  it('says that the engine stopped when the thread cannot start', async () => {
    await expect(openSpeechThread(new URL('missing.js', worker)).speak(request)).rejects.toMatchObject({
      reason: 'speech-engine-failed',
    })
  })

  it('speaks in this thread when run from sources', async () => {
    const { lipTrack } = await openSpeechThread(new URL('file:///anywhere/speech-worker.ts')).speak(request)
    expect(lipTrack.length).toBeGreaterThan(300)
  })
})
