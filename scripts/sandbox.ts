/**
 * Simulated vendors on this machine, so that the product can be tried with them, and its answers to their failures, without a
 * key and without a network. docs/sandbox.md says what can be asked of them.
 *
 *   npm run sandbox                        all of them, healthy, and a flaky second veo3; prints the lines for .env
 *   npm run sandbox -- --vendors veo3,runway --profile hostile     healthy flaky slow rate-limited down hostile
 *   options: --backup-profile name --job-seconds 6 --seed n --plain --json --host 127.0.0.1 --public-host name
 *            --port 8801: the first; each vendor takes two, one for its API and one for its files (0: any free ones)
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { bundledFfmpegPath } from '../src/renderer/bundled-ffmpeg.ts'
import { createChance } from '../src/sandbox/chance.ts'
import { createFfmpegMedia } from '../src/sandbox/ffmpeg-media.ts'
import { type ProfileName, profileNames } from '../src/sandbox/profiles.ts'
import type { Simulator } from '../src/sandbox/simulator.ts'
import { createRealClock } from '../src/sandbox/simulator-clock.ts'
import { type Makers, type SandboxVendor, sandboxEnvironment, sandboxVendors } from '../src/sandbox/vendors.ts'
import { openBelievableEdits } from './believable-edits.ts'
import { createSandboxVoice } from './sandbox-voice.ts'

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    'public-host': { type: 'string' },
    port: { type: 'string', default: '8801' },
    vendors: { type: 'string', default: sandboxVendors.map(({ name }) => name).join(',') },
    profile: { type: 'string', default: 'healthy' },
    'backup-profile': { type: 'string', default: 'flaky' },
    'job-seconds': { type: 'string', default: '6' },
    seed: { type: 'string' },
    plain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

interface Opened {
  readonly vendor: SandboxVendor
  readonly simulator: Simulator
}

const say = options.json ? () => {} : (line: string) => console.log(line)

async function main(): Promise<void> {
  const wanted = options.vendors.split(',').map(readVendor)
  const profiles = { usual: readProfile(options.profile), backup: readProfile(options['backup-profile']) }
  const makers = await openMakers(process.env.FFMPEG_PATH || bundledFfmpegPath())
  const opened: Opened[] = []
  const close = async () => {
    await Promise.all(opened.splice(0).map(({ simulator }) => simulator.close()))
    await makers.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  try {
    for (const vendor of wanted) {
      const simulator = await vendor.open({
        ...makers,
        profile: vendor.name === 'veo3-backup' ? profiles.backup : profiles.usual,
        clock: createRealClock(),
        random: options.seed === undefined ? Math.random : createChance(readNumber('seed')),
        jobMs: readNumber('job-seconds') * 1000,
        // A film that is not finished when its time has come keeps the job at work for a little longer.
        waitForMedia: false,
        log: (entry) => say(describe(vendor.name, entry)),
      })
      opened.push({ vendor, simulator })
      const port = readNumber('port') && readNumber('port') + 2 * (opened.length - 1)
      const where = { host: options.host, ...(options['public-host'] && { publicHost: options['public-host'] }) }
      await simulator.listen({ ...where, apiPort: port, mediaPort: port && port + 1 })
    }
    tell(opened, makers.kind)
  } catch (error) {
    await close()
    throw error
  }
}

function tell(opened: readonly Opened[], media: string): void {
  const env = sandboxEnvironment(opened)
  const control = Object.fromEntries(
    opened.map(({ vendor, simulator }) => [vendor.name, `${new URL(simulator.apiUrl).origin}/_sandbox/`]),
  )
  if (options.json) {
    console.log(JSON.stringify({ event: 'listening', env, control, media }))
    return
  }
  console.log(`\nThe sandbox listens. Its films: ${media}. For .env, or before the command:\n`)
  for (const [name, value] of Object.entries(env)) console.log(`${name}=${value}`)
  console.log('\nEach of them has a place to look in and to be disturbed, e.g.')
  const [[name, url] = []] = Object.entries(control)
  console.log(`  ${name}:  curl -s ${url}state   and   curl -s ${url}faults -d '{"fault":"http:503:times=2"}'`)
  for (const [other, address] of Object.entries(control).slice(1)) console.log(`  ${other}:  ${address}`)
  console.log('or in the script itself: "Hello. [[timeout:after]]"; docs/sandbox.md lists what there is.\n')
}

/** The project's own renderer where it is built, so that the photo speaks; else a picture and a tone. */
async function openMakers(ffmpegPath: string): Promise<Makers & { readonly kind: string; close(): Promise<void> }> {
  const edits = openBelievableEdits()
  const common = { makeEdit: edits.makeEdit, speak: createSandboxVoice() }
  const isBuilt = existsSync(fileURLToPath(new URL('../dist/renderer/render-child.js', import.meta.url)))
  if (options.plain || !isBuilt) {
    const kind = 'the photo and a tone'
    return { ...common, kind, makeMedia: createFfmpegMedia({ ffmpegPath }), close: edits.close }
  }
  const { openSpeakingMedia } = await import('./speaking-media.ts')
  const onFallback = (why: string) => say(`  the photo cannot speak this (${why}); a tone instead`)
  const media = openSpeakingMedia({ ffmpegPath, onFallback })
  return {
    ...common,
    kind: 'the photo speaks',
    makeMedia: media.makeMedia,
    close: async () => void (await Promise.all([media.close(), edits.close()])),
  }
}

function describe(name: string, entry: Readonly<Record<string, unknown>>): string {
  const { event, ...rest } = entry
  if (event === 'request') return `${name}  ${rest.request}  ${rest.answer}  ${rest.requestId}`
  return `${name}  ${event} ${JSON.stringify(rest)}`
}

function readVendor(name: string): SandboxVendor {
  const found = sandboxVendors.find((known) => known.name === name.trim())
  if (!found) throw new Error(`There is no vendor '${name}': ${sandboxVendors.map((known) => known.name).join(' ')}`)
  return found
}

function readProfile(name: string): ProfileName {
  const found = profileNames.find((known) => known === name)
  if (!found) throw new Error(`There is no profile '${name}': ${profileNames.join(' ')}`)
  return found
}

function readNumber(name: 'port' | 'job-seconds' | 'seed') {
  const value = Number(options[name])
  if (!(value >= 0)) throw new Error(`--${name} is a number from 0.`)
  return value
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
