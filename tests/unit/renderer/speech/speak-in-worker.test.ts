import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { transform } from '@swc/core'
import { createFliteSpeaker } from '../../../../src/renderer/speech/flite-speaker.ts'
import { planLips } from '../../../../src/renderer/speech/lip-timing.ts'
import { speakInWorker } from '../../../../src/renderer/speech/speak-in-worker.ts'

/** A thread needs built code: the room's sources as plain JavaScript in a directory of their own. */
let built: string
let worker: URL

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
})

afterAll(async () => {
  await rm(built, { recursive: true, force: true })
})

const request = { text: 'Hello there. This is a thread.', voice: 'en-us-kal16', speed: 1, pitchSemitones: 0 }

describe('speakInWorker', () => {
  it('gives what the speaker and the lip plan give in this thread, and its progress', async () => {
    const reports: number[] = []
    const { track, lipTrack } = await speakInWorker({ ...request, onProgress: (done) => reports.push(done) }, worker)
    const here = await createFliteSpeaker().speak(request)
    expect([...track.samples]).toEqual([...here.samples])
    expect(track.phones).toEqual(here.phones)
    expect([...lipTrack.aperture]).toEqual([...planLips(here).aperture])
    expect(lipTrack.stressesMs).toEqual(planLips(here).stressesMs)
    expect(reports).toEqual([12, 29])
  })

  it('passes a refusal on as the Failure it was', async () => {
    await expect(speakInWorker({ ...request, text: '!!!' }, worker)).rejects.toMatchObject({
      name: 'Failure',
      code: 'INVALID_REQUEST',
      reason: 'script-not-speakable',
      hint: expect.any(String),
    })
  })

  it('ends in the middle of the work when aborted', async () => {
    const aborting = new AbortController()
    const long = { ...request, text: request.text.repeat(200), signal: aborting.signal }
    const reports: number[] = []
    const speaking = speakInWorker(
      {
        ...long,
        onProgress: (done) => {
          reports.push(done)
          aborting.abort(new Error('no longer wanted'))
        },
      },
      worker,
    )
    await expect(speaking).rejects.toThrow('no longer wanted')
    expect(reports.length).toBeLessThan(200)
  })

  it('says that the engine stopped when the thread cannot start', async () => {
    await expect(speakInWorker(request, new URL('missing.js', worker))).rejects.toMatchObject({
      reason: 'speech-engine-failed',
    })
  })

  it('speaks in this thread when run from sources', async () => {
    const { lipTrack } = await speakInWorker(request, new URL('file:///anywhere/speech-worker.ts'))
    expect(lipTrack.length).toBeGreaterThan(300)
  })
})
