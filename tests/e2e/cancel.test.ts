/** DELETE while it runs: no process and no file stays behind. DELETE when it is done: no trace but the consent. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { generate, getGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { eventually, filesIn, makeDataDir, processesOf, runServer, type TestServer } from '../support/run-server.ts'

const longScript = 'This sentence goes on for a while so that there is time enough to stop it. '.repeat(8)

describe('DELETE', () => {
  let data: Awaited<ReturnType<typeof makeDataDir>>
  let server: TestServer
  const remove = (id: string) => fetch(`${server.url}/api/v1/video/${id}`, { method: 'DELETE' })
  const isEncoder = (line: string) => line.includes('ffmpeg')
  const renderers = async () => (await processesOf(data.path)).filter((line) => /render-child|ffmpeg/.test(line))

  beforeAll(async () => {
    data = await makeDataDir()
    server = await runServer(data.path)
  })
  afterAll(async () => {
    await server.stop()
    await data.remove()
  })

  it('cancels a render under way, kills its processes and removes its files', async () => {
    const { id } = await generate(server.url, demoPortrait, { script: longScript, quality: 'premium' })
    await watch(server.url, id, 0, ({ type, stage }) => type === 'progress' && stage === 'frames')
    const atWork = await eventually(renderers, (found) => found.some(isEncoder) && found.length >= 2)

    const response = await remove(id)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ id, status: 'cancelled' })
    // Another renderer may wait for the next job by now; these two are gone.
    await eventually(renderers, (left) => !left.some((line) => atWork.includes(line) || isEncoder(line)))
    const files = await eventually(
      () => filesIn(data.path),
      (left) => left.every((file) => !file.startsWith('tmp/')),
    )
    expect(files.filter((file) => file.includes('/works/'))).toEqual([])

    const events = await watch(server.url, id)
    expect(events.at(-1)).toMatchObject({ type: 'cancelled', status: 'cancelled' })
    expect((await fetch(`${server.url}/api/v1/video/${id}/content`)).status).toBe(410)

    expect((await remove(id)).status).toBe(204)
    expect(await filesIn(data.path)).toEqual([])
    expect((await fetch(`${server.url}/api/v1/video/${id}`)).status).toBe(404)
  }, 120_000)

  it('cancels one that still waits, before anything was started for it', async () => {
    const running = await generate(server.url, demoPortrait, { script: longScript, quality: 'premium' })
    const waiting = await generate(server.url, demoPortrait, { script: `And ${longScript}`, quality: 'premium' })
    expect(waiting.queue).toMatchObject({ ahead: 1, expected_wait_seconds: expect.any(Number) })
    expect((await remove(waiting.id)).status).toBe(200)
    expect((await getGeneration(server.url, waiting.id)).status).toBe('cancelled')
    expect((await remove(running.id)).status).toBe(200)
    await eventually(renderers, (left) => !left.some(isEncoder))
    for (const { id } of [waiting, running]) expect((await remove(id)).status).toBe(204)
  }, 120_000)

  it('deletes a finished one with its bytes', async () => {
    const before = await filesIn(data.path)
    const { id } = await generate(server.url, demoPortrait, { script: 'Gone in a moment.', quality: 'economy' })
    await watch(server.url, id)
    const scratchGone = (files: readonly string[]) => files.every((file) => !file.startsWith('tmp/'))
    expect(await eventually(() => filesIn(data.path), scratchGone)).toHaveLength(before.length + 4)
    const response = await remove(id)
    expect(response.status).toBe(204)
    expect(await filesIn(data.path)).toEqual(before)
    for (const path of ['', '/content', '/thumbnail']) {
      expect((await fetch(`${server.url}/api/v1/video/${id}${path}`)).status).toBe(404)
    }
    expect((await remove(id)).status).toBe(404)
  }, 120_000)
})
