/**
 * Attempts of many calls before simulated vendors, on a real server that is killed -9 after each of them: the simulators count
 * what was taken and billed, and nobody is asked twice.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { openBelievableEdits } from '../../scripts/believable-edits.ts'
import { createSandboxVoice } from '../../scripts/sandbox-voice.ts'
import { type GenerationJson, generate, getGeneration, watch } from '../support/api-client.ts'
import { currentFfmpeg } from '../support/current-ffmpeg.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { filesIn, makeDataDir, runServer, type TestServer } from '../support/run-server.ts'
import { openVendors, type Vendors } from '../support/sandbox.ts'

const names = ['runway', 'google', 'nano-banana', 'elevenlabs'] as const
let vendors: Vendors<(typeof names)[number]>
let environment: NodeJS.ProcessEnv
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const FFMPEG_PATH = await currentFfmpeg()
  const { makeEdit } = openBelievableEdits()
  vendors = await openVendors(names, { makeEdit, speak: createSandboxVoice() })
  // Our renderer works for the vendors' models all the same; only it is not warmed up in each of the lives.
  environment = {
    ...vendors.environment,
    FFMPEG_PATH,
    LOCAL_RENDERER: 'false',
    FX_RATES: 'USD:83',
    FX_DATE: '2026-11-21',
  }
}, 300_000)
afterAll(() => vendors?.close())
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  expect(vendors.trouble()).toEqual([])
})

interface Traced {
  readonly attempts: readonly { readonly state: string; readonly calls: readonly { name: string; state: string }[] }[]
}

async function traceOf(url: string, id: string): Promise<Traced> {
  return (await fetch(`${url}/api/v1/video/${id}/trace`)).json() as Promise<Traced>
}

/** What each vendor took: how many calls, and the most for one and the same thing. */
const taken = () =>
  Object.fromEntries(
    names.map((name) => {
      const accepted = Object.values(vendors.simulators[name].control.state().paid).map((each) => each.accepted)
      return [name, { calls: accepted.reduce((sum, each) => sum + each, 0), most: Math.max(0, ...accepted) }]
    }),
  )

/** One work on a server that dies whenever a call of it is over, until it is done. @returns its trace and the number of lives */
async function makeInManyLives(model: string, script: string) {
  const data = await makeDataDir()
  cleanups.push(data.remove)
  const start = async (): Promise<TestServer> => {
    const server = await runServer(data.path, { ...environment, FAILPOINT: 'completed-*,made-*' })
    cleanups.push(() => server.kill())
    return server
  }
  let server = await start()
  const { id } = await generate(server.url, demoPortrait, { script, model, quality: 'economy' })
  let lives = 1
  for (; ; lives++) {
    // It is over, or the server dies.
    const isOver = await Promise.race([server.exited.then(() => false), watch(server.url, id).then(() => true)]).catch(
      async () => {
        await server.exited
        return false
      },
    )
    if (isOver) break
    server = await start()
  }
  const [done, trace] = [await getGeneration(server.url, id), await traceOf(server.url, id)]
  const kept = (await filesIn(data.path)).filter((file) => file.includes('/works/'))
  await server.stop()
  return { done, trace, lives, kept }
}

describe('a server that is killed after every call', () => {
  it('pays no call twice, of whichever vendor, and comes to the end', async () => {
    const made = await Promise.all(
      works.map(async ({ model, script, calls: names }) => ({
        model,
        names,
        ...(await makeInManyLives(model, script)),
      })),
    )
    for (const { model, names, done, trace, lives, kept } of made) {
      expect([model, done.status, done.fallback_used]).toEqual([model, 'completed', false])
      const calls = trace.attempts.flatMap((each) => each.calls)
      expect(calls.map(({ name }) => name).join(' ')).toBe(names)
      expect(calls.filter(({ state }) => state !== 'completed')).toEqual([])
      // Each of them was the last thing that one life did.
      expect([model, lives]).toEqual([model, calls.length + 1])
      // The film, its picture and its words; beside them only what may be taken again.
      const again = (names.includes('ah') ? 4 : 0) + (names.includes('voice') ? 2 : 0)
      expect(kept.length).toBeLessThanOrEqual(3 + again)
    }
    expect(taken()).toEqual({
      runway: { calls: 1, most: 1 },
      google: { calls: 2, most: 1 },
      'nano-banana': { calls: 4, most: 1 },
      elevenlabs: { calls: 2, most: 1 },
    })
  }, 300_000)
})

const works = [
  {
    model: 'runway/gwm1_avatars-audio',
    script: 'I am an avatar.',
    calls: 'voice words upload-photo upload-speech avatar video forget-avatar',
  },
  {
    model: 'google/gemini-omni-1.1-flash',
    script:
      'This sentence is nearly as long as a clip of mine can be, and it goes on a little. ' +
      'And then there is another one, which is just as long as the first, and needs a second clip for itself.',
    calls: 'clip-1 clip-2 assemble',
  },
  {
    model: 'nano-banana/gemini-3.1-flash-lite-image',
    script: 'My mouth is drawn.',
    calls: 'voice ah ee oo f assemble',
  },
] as const

describe('a photo whose mouth an image model draws', () => {
  it('speaks with its key frames, and with those of before the next time', async () => {
    const data = await makeDataDir()
    cleanups.push(data.remove)
    const server = await runServer(data.path, environment)
    cleanups.push(() => server.stop())
    const before = taken()
    const make = async (script: string): Promise<GenerationJson> => {
      const fields = { script, model: 'nano-banana/gemini-3.1-flash-image', quality: 'economy' }
      const { id } = await generate(server.url, demoPortrait, fields)
      await watch(server.url, id)
      return getGeneration(server.url, id)
    }
    const first = await make('Four pictures of me were made.')
    expect(first).toMatchObject({ status: 'completed', voice_provider: 'elevenlabs', fallback_used: false })
    // Behind a lip that touches the teeth there may be nothing to be seen.
    const told = (first.remarks as readonly { readonly message: string }[]).map(({ message }) => message)
    expect(told.filter((message) => !message.includes("'f'"))).toEqual([])
    const again = await make('And none of them again.')
    expect(again).toMatchObject({ status: 'completed', remarks: first.remarks })
    const [drawn, spoken] = (['nano-banana', 'elevenlabs'] as const).map(
      (name) => taken()[name]!.calls - before[name]!.calls,
    )
    expect([drawn, spoken]).toEqual([4, 2])
    expect(Number((again.cost as { amount: string }).amount)).toBeLessThan(
      Number((first.cost as { amount: string }).amount) / 2,
    )
  }, 120_000)
})
