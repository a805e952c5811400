/** A finisher that writes down what it was asked for, strictly to the port: every file it is handed must be there. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FinishContext, Finisher, SpokenFiles } from '../../src/generations/finisher.ts'
import { scriptedWords } from './scripted-provider.ts'

export interface ScriptedFinisher extends Finisher {
  /** In order: 'speak', 'join clip-1+clip-2' ... */
  readonly made: readonly string[]
  /** Key frames that do not fit, from now on. */
  drop(names: readonly string[]): void
  /** The next one fails with it. */
  failNext(error: Error): void
}

export function createScriptedFinisher(): ScriptedFinisher {
  const made: string[] = []
  let dropped: readonly string[] = []
  let failure: Error | null = null
  const begin = (what: string, { signal }: Pick<FinishContext, 'signal'>) => {
    signal.throwIfAborted()
    made.push(what)
    const error = failure
    failure = null
    if (error) throw error
  }
  const write = async (scratch: string, name: string, bytes: string) => {
    const file = join(scratch, name)
    await writeFile(file, bytes)
    return file
  }
  const words = (scratch: string) => write(scratch, 'words.json', JSON.stringify(scriptedWords))
  const heard = async (spoken: SpokenFiles | null) => (spoken ? String(await readFile(spoken.speech)) : 'our own voice')
  const seconds = 8
  return {
    made,
    drop: (names) => {
      dropped = names
    },
    failNext: (error) => {
      failure = error
    },
    async speak(_request, context) {
      begin('speak', context)
      return {
        speech: await write(context.scratch, 'speech.wav', 'our own voice'),
        words: await words(context.scratch),
        seconds,
      }
    },
    async timeWords(_request, spoken, context) {
      begin(`timeWords of ${await heard(spoken)}`, context)
      return { words: await words(context.scratch), seconds }
    },
    async perform(_request, spoken, context) {
      begin(`perform with ${await heard(spoken)}`, context)
      return {
        video: await write(context.scratch, 'driving.mp4', 'a driving video'),
        speech: await write(context.scratch, 'speech.wav', await heard(spoken)),
        words: await words(context.scratch),
        seconds,
      }
    },
    async animate(_request, keyFrames, spoken, context) {
      const names = keyFrames.map(({ name }) => name)
      begin(`animate ${names.join('+')} with ${await heard(spoken)}`, context)
      for (const { path } of keyFrames) await readFile(path)
      return {
        video: await write(context.scratch, 'video.mp4', 'an animated photo'),
        thumbnail: await write(context.scratch, 'thumbnail.jpg', 'a frame'),
        words: await words(context.scratch),
        dropped: dropped.filter((name) => names.includes(name)).map((name) => ({ name, why: 'the head moved' })),
      }
    },
    async join(clips, context) {
      const bytes = await Promise.all(clips.map((clip) => readFile(clip, 'utf8')))
      begin(`join ${bytes.length} clips`, context)
      return { video: await write(context.scratch, 'joined.mp4', bytes.join(' ')) }
    },
    async dub(video, speech, context) {
      begin(`dub with ${await readFile(speech, 'utf8')}`, context)
      return { video: await write(context.scratch, 'dubbed.mp4', await readFile(video, 'utf8')) }
    },
    async lastFrame(clip, to, signal) {
      begin('lastFrame', { signal })
      await writeFile(to, `the end of ${await readFile(clip, 'utf8')}`)
    },
  }
}
