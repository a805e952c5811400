import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { createInspectVideo } from '../../../src/media/inspect-video.ts'
import { demoPortrait } from '../../support/demo-portrait.ts'
import { ffmpegPath } from '../../support/ffmpeg.ts'
import { generateBody, type Json, whenOver } from './rig.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const freePorts = ['--port', '0', '--vendors', 'veo3,veo3-backup']

/** The command with its own directory for temporary files, and its first line of JSON. */
async function runSandbox(options: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-command-'))
  whenOver(() => rm(directory, { recursive: true, force: true }))
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/sandbox.ts', '--json', ...freePorts, ...options], {
    cwd: root,
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  whenOver(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text
  })
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]): Json => JSON.parse(String(text)))
  return {
    directory,
    listening: Promise.race([line, exited.then(() => Promise.reject(new Error(words)))]),
    async stop(): Promise<number | null> {
      child.kill('SIGTERM')
      const [code] = await exited
      return code as number | null
    },
    exit: async () => ({ code: (await exited)[0] as number | null, words }),
  }
}

/** Resolves with the first event of this name that is sent to it. */
async function openReceiver(event: string): Promise<{ url: string; heard: Promise<Json> }> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  whenOver(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  })
  const heard = new Promise<Json>((done) => {
    server.on('request', async (request, response) => {
      let raw = ''
      for await (const chunk of request.setEncoding('utf8')) raw += chunk
      response.writeHead(204).end()
      const body: Json = JSON.parse(raw)
      if (body.event === event) done(body)
    })
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, heard }
}

const inspect = createInspectVideo({ ffmpegPath })
const bothHealthy = ['--profile', 'healthy', '--backup-profile', 'healthy']
const asOrdered = { seconds: 15, width: 720, height: 720, fps: 24, hasAudio: true }

/** Has a film made, hears of its end by webhook, and fetches it. */
async function order(directory: string, env: Json, apiUrl: string, key: string): Promise<string> {
  const receiver = await openReceiver('video.completed')
  const image = { data: (await readFile(demoPortrait)).toString('base64'), format: 'image/jpeg' }
  const video_config = { duration_seconds: 15, aspect_ratio: 'square', resolution: '720p', bitrate: 2000, fps: 24 }
  const submitted = await fetch(`${apiUrl}/video/generate`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(generateBody('Hello, it is me.', { image, video_config, callback_url: receiver.url })),
  })
  expect(submitted.status).toBe(202)
  const { data } = await receiver.heard
  expect(env.OUTBOUND_ALLOW_HOSTS.split(',')).toContain(new URL(data.video_url).host)
  const film = join(directory, 'film.mp4')
  await writeFile(film, new Uint8Array(await (await fetch(data.video_url)).arrayBuffer()))
  return film
}

/** Mean of a stretch of its sound, dB. */
function loudnessOf(film: string, fromSeconds: number, seconds: number): number {
  const stretch = ['-ss', String(fromSeconds), '-t', String(seconds), '-i', film]
  const options = { encoding: 'utf8' } as const
  const { stderr } = spawnSync(
    ffmpegPath,
    ['-hide_banner', ...stretch, '-af', 'volumedetect', '-f', 'null', '-'],
    options,
  )
  return Number(/mean_volume: (\S+) dB/.exec(stderr)?.[1])
}

describe('npm run sandbox', () => {
  it('starts two vendors, says how to reach them, makes a film that plays, and leaves nothing behind', async () => {
    const sandbox = await runSandbox(['--plain', '--job-seconds', '0', '--public-host', 'localhost', ...bothHealthy])
    const { env, media } = await sandbox.listening
    expect(media).toBe('the photo and a tone')
    expect(Object.keys(env).sort()).toEqual([
      'OUTBOUND_ALLOW_HOSTS',
      'VEO3_API_BASE_URL',
      'VEO3_API_KEY',
      'VEO3_BACKUP_API_BASE_URL',
      'VEO3_BACKUP_API_KEY',
      'VEO3_BACKUP_IDEMPOTENT',
      'VEO3_BACKUP_WEBHOOK_SECRET',
      'VEO3_IDEMPOTENT',
      'VEO3_WEBHOOK_SECRET',
    ])
    expect(new URL(env.VEO3_API_BASE_URL).hostname).toBe('localhost')
    const film = await order(sandbox.directory, env, env.VEO3_BACKUP_API_BASE_URL, env.VEO3_BACKUP_API_KEY)
    expect(await inspect(film)).toEqual(asOrdered)
    expect(await sandbox.stop()).toBe(0)
    expect((await readdir(sandbox.directory)).filter((name) => name.includes('-sandbox-'))).toEqual([])
  })

  it('lets the photo speak, and be still for the rest of the time that was ordered', async () => {
    const sandbox = await runSandbox(['--job-seconds', '0', ...bothHealthy])
    const { env, media } = await sandbox.listening
    expect(media).toBe('the photo speaks')
    const film = await order(sandbox.directory, env, env.VEO3_API_BASE_URL, env.VEO3_API_KEY)
    expect(await inspect(film)).toEqual(asOrdered)
    const [spoken, rest] = [loudnessOf(film, 0, 1.5), loudnessOf(film, 10, 4)]
    expect(spoken).toBeGreaterThan(-35)
    expect(rest).toBeLessThan(-70)
    expect(await sandbox.stop()).toBe(0)
  })

  it.each([
    [['--profile', 'stormy'], "There is no profile 'stormy': healthy flaky"],
    [['--job-seconds', 'soon'], '--job-seconds is a number'],
    [['--colour'], '--colour'],
  ])('says what is wrong with %j', async (options, words) => {
    const sandbox = await runSandbox(['--plain', ...options])
    sandbox.listening.catch(() => {})
    const exit = await sandbox.exit()
    expect(exit.code).toBe(1)
    expect(exit.words).toContain(words)
  })
})
