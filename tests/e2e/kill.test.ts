/** The process is killed (SIGKILL) at every named point of the path; the next start completes the work, once. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from '@jest/globals'
import { generate, getGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { eventually, filesIn, makeDataDir, processesOf, runServer, type TestServer } from '../support/run-server.ts'

const fields = { script: 'Nothing is lost here.', quality: 'economy' }
/** Long enough that a renderer which outlives its server would be seen, or its finished film would be. */
const longFields = { script: 'Nothing is lost here, however long it takes. '.repeat(4), quality: 'standard' }

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function start(dataDir: string, environment: NodeJS.ProcessEnv): Promise<TestServer> {
  const server = await runServer(dataDir, environment)
  cleanups.push(() => server.kill())
  return server
}

/** Films in scratch space that were encoded to their end: the index is written last. */
async function finishedFilms(dataDir: string): Promise<readonly string[]> {
  const films = (await filesIn(dataDir)).filter((file) => file.startsWith('tmp/') && file.endsWith('.mp4'))
  const whole = await Promise.all(films.map(async (file) => (await readFile(join(dataDir, file))).includes('moov')))
  return films.filter((_, index) => whole[index])
}

describe('a server killed when a photo is stored but not yet named by a row', () => {
  it('has accepted nothing, and keeps nothing of it after a restart', async () => {
    const data = await makeDataDir()
    cleanups.push(data.remove)
    const doomed = await start(data.path, { FAILPOINT: 'photo-stored' })
    await expect(generate(doomed.url, demoPortrait, fields)).rejects.toThrow()
    expect(await doomed.exited).toBe('SIGKILL')
    expect((await filesIn(data.path)).filter((file) => file.startsWith('media/'))).toHaveLength(1)

    const server = await start(data.path, {})
    const list = (await (await fetch(`${server.url}/api/v1/video`)).json()) as { items: unknown[] }
    expect(list.items).toEqual([])
    expect(await filesIn(data.path)).toEqual([])
  }, 60_000)
})

describe.each(['accepted', 'chosen', 'rendering', 'rendered', 'stored'])(
  'a server killed when a generation is %s',
  (point) => {
    it('completes it once after a restart and leaves nothing orphaned', async () => {
      const data = await makeDataDir()
      cleanups.push(data.remove)

      const doomed = await start(data.path, { FAILPOINT: point })
      // At 'accepted' the kill comes before the answer: the client sees a broken connection.
      await generate(doomed.url, demoPortrait, point === 'rendering' ? longFields : fields).catch(() => null)
      expect(await doomed.exited).toBe('SIGKILL')
      await eventually(
        () => processesOf(data.path),
        (left) => left.length === 0,
      )
      if (point === 'rendering') expect(await finishedFilms(data.path)).toEqual([])

      const server = await start(data.path, {})
      const list = (await (await fetch(`${server.url}/api/v1/video`)).json()) as { items: { id: string }[] }
      expect(list.items).toHaveLength(1)
      const { id } = list.items[0]!
      const events = await watch(server.url, id)

      expect(events.at(-1)).toMatchObject({ type: 'completed', progress: 100 })
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      expect(events.filter(({ type }) => type === 'completed')).toHaveLength(1)
      expect(events.filter(({ type, step }) => type === 'step' && step === 'choose')).toHaveLength(1)
      const progress = events.map((event) => event.progress)
      expect(progress).toEqual([...progress].sort((a, b) => a - b))

      const done = await getGeneration(server.url, id)
      const content = await fetch(`${server.url}/api/v1/video/${id}/content`)
      expect((await content.arrayBuffer()).byteLength).toBe((done.output as { bytes: number }).bytes)

      await eventually(
        () => filesIn(data.path),
        (files) => files.every((file) => file.startsWith('media/')),
      )
      const files = (await filesIn(data.path)).map((file) => file.split('/').at(-1))
      expect(files.sort()).toEqual(['photo.jpg', 'thumbnail.jpg', 'video.mp4', 'words.json'])
      expect(await server.stop()).toBe(0)
      expect(await processesOf(data.path)).toEqual([])
    }, 120_000)
  },
)
