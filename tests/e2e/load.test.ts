/** More users at once than there is room for: whoever is let in gets a video, the others are told when to come back. */
import { readFile } from 'node:fs/promises'
import { expect, it } from '@jest/globals'
import { postGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { filesIn, makeDataDir, runServer } from '../support/run-server.ts'

const users = 40
const room = 8

it(`serves ${users} users who post at once, none lost and none broken`, async () => {
  const data = await makeDataDir()
  const server = await runServer(data.path, { MAX_QUEUED: String(room), RENDER_CONCURRENCY: '2' })
  try {
    const photo = await readFile(demoPortrait)
    const answers = await Promise.all(
      Array.from({ length: users }, async (_, user) => {
        const response = await postGeneration(server.url, photo, { script: `I am ${user}.`, quality: 'economy' })
        const body = (await response.json()) as { id: string; reason?: string }
        return { ...body, status: response.status, retryAfter: response.headers.get('retry-after') }
      }),
    )
    const accepted = answers.filter(({ status }) => status === 202)
    const refused = answers.filter(({ status }) => status !== 202)
    expect(accepted.length).toBeGreaterThanOrEqual(room)
    expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 503))
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true)
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['queue-full']))
    const ends = await Promise.all(accepted.map(async ({ id }) => (await watch(server.url, id)).at(-1)?.type))
    expect(ends).toEqual(accepted.map(() => 'completed'))
    const films = (await filesIn(data.path)).filter((file) => file.endsWith('video.mp4'))
    expect(films).toHaveLength(accepted.length)
  } finally {
    await server.stop()
    await data.remove()
  }
}, 240_000)
