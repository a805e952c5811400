/**
 * Two simulated veo3 accounts on this machine, so that the product can be tried with a vendor, and its answers to a vendor's
 * failures, without a key and without a network. docs/sandbox.md says what can be asked of them.
 *
 *   npm run sandbox                        a healthy vendor and a flaky second one; prints the lines for .env
 *   npm run sandbox -- --profile hostile   healthy flaky slow rate-limited down hostile
 *   options: --backup-profile name --no-backup --job-seconds 6 --seed n --plain --json --host 127.0.0.1 --public-host name
 *            --api-port 8801 --media-port 8802 --backup-api-port 8803 --backup-media-port 8804   (0: any free port)
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
import { createVeo3Simulator } from '../src/sandbox/veo3-simulator.ts'

const { values: options } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    'public-host': { type: 'string' },
    'api-port': { type: 'string', default: '8801' },
    'media-port': { type: 'string', default: '8802' },
    'backup-api-port': { type: 'string', default: '8803' },
    'backup-media-port': { type: 'string', default: '8804' },
    profile: { type: 'string', default: 'healthy' },
    'backup-profile': { type: 'string', default: 'flaky' },
    'no-backup': { type: 'boolean', default: false },
    'job-seconds': { type: 'string', default: '6' },
    seed: { type: 'string' },
    plain: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

/** Not secret: they open nothing but this simulator. */
const keys = { veo3: 'sandbox-key', 'veo3-backup': 'sandbox-backup-key' }
const webhookSecret = 'sandbox-webhook-secret'

const say = options.json ? () => {} : (line: string) => console.log(line)

async function main(): Promise<void> {
  const ffmpegPath = process.env.FFMPEG_PATH || bundledFfmpegPath()
  const media = await openMedia(ffmpegPath)
  const open = (name: keyof typeof keys, profile: string) =>
    createVeo3Simulator({
      name,
      profile: readProfile(profile),
      clock: createRealClock(),
      random: options.seed === undefined ? Math.random : createChance(readNumber('seed')),
      makeMedia: media.makeMedia,
      key: keys[name],
      webhookSecret,
      jobMs: readNumber('job-seconds') * 1000,
      // A film that is not finished when its time has come keeps the job at 99 for a little longer.
      waitForMedia: false,
      log: (entry) => say(describe(name, entry)),
    })
  const simulators: Simulator[] = []
  const close = async () => {
    await Promise.all(simulators.splice(0).map((simulator) => simulator.close()))
    await media.close()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close())
  try {
    const first = await open('veo3', options.profile)
    simulators.push(first)
    const where = { host: options.host, ...(options['public-host'] && { publicHost: options['public-host'] }) }
    const ports = { apiPort: readNumber('api-port'), mediaPort: readNumber('media-port') }
    const urls = [await first.listen({ ...where, ...ports })]
    if (!options['no-backup']) {
      const second = await open('veo3-backup', options['backup-profile'])
      simulators.push(second)
      const backupPorts = { apiPort: readNumber('backup-api-port'), mediaPort: readNumber('backup-media-port') }
      urls.push(await second.listen({ ...where, ...backupPorts }))
    }
    tell(urls, media.kind)
  } catch (error) {
    await close()
    throw error
  }
}

/** The lines for .env, by which the product takes the simulators for its vendors. */
function environmentOf([first, second]: readonly { apiUrl: string; mediaUrl: string }[]): Record<string, string> {
  const hosts = [first, second].flatMap((urls) => (urls ? [new URL(urls.mediaUrl).host] : []))
  return {
    VEO3_API_KEY: keys.veo3,
    VEO3_API_BASE_URL: first!.apiUrl,
    VEO3_WEBHOOK_SECRET: webhookSecret,
    VEO3_IDEMPOTENT: 'true',
    ...(second && { VEO3_BACKUP_API_KEY: keys['veo3-backup'], VEO3_BACKUP_API_BASE_URL: second.apiUrl }),
    OUTBOUND_ALLOW_HOSTS: hosts.join(','),
  }
}

function tell(urls: readonly { apiUrl: string; mediaUrl: string }[], media: string): void {
  const env = environmentOf(urls)
  const control = urls.map(({ apiUrl }) => `${new URL(apiUrl).origin}/_sandbox/`)
  if (options.json) {
    console.log(JSON.stringify({ event: 'listening', env, control, media }))
    return
  }
  console.log(`\nThe sandbox listens. Its films: ${media}. For .env, or before the command:\n`)
  for (const [name, value] of Object.entries(env)) console.log(`${name}=${value}`)
  console.log(`\nLook in   curl -s ${control[0]}state`)
  console.log(`Disturb   curl -s ${control[0]}faults -d '{"fault":"http:503:times=2"}'`)
  console.log('          or in the script itself: "Hello. [[timeout:after]]"; docs/sandbox.md lists what there is.\n')
}

/** The project's own renderer where it is built, so that the photo speaks; else a picture and a tone. */
async function openMedia(ffmpegPath: string) {
  const isBuilt = existsSync(fileURLToPath(new URL('../dist/renderer/render-child.js', import.meta.url)))
  if (options.plain || !isBuilt) {
    const kind = 'the photo and a tone'
    return { kind, makeMedia: createFfmpegMedia({ ffmpegPath }), close: async () => {} }
  }
  const { openSpeakingMedia } = await import('./speaking-media.ts')
  const onFallback = (why: string) => say(`  the photo cannot speak this (${why}); a tone instead`)
  return { kind: 'the photo speaks', ...openSpeakingMedia({ ffmpegPath, onFallback }) }
}

function describe(name: string, entry: Readonly<Record<string, unknown>>): string {
  const { event, ...rest } = entry
  if (event === 'request') return `${name}  ${rest.request}  ${rest.answer}  ${rest.requestId}`
  return `${name}  ${event} ${JSON.stringify(rest)}`
}

function readProfile(name: string): ProfileName {
  const found = profileNames.find((known) => known === name)
  if (!found) throw new Error(`There is no profile '${name}': ${profileNames.join(' ')}`)
  return found
}

function readNumber(
  name: 'api-port' | 'media-port' | 'backup-api-port' | 'backup-media-port' | 'job-seconds' | 'seed',
) {
  const value = Number(options[name])
  if (!(value >= 0)) throw new Error(`--${name} is a number from 0.`)
  return value
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
})
