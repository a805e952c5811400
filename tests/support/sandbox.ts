/** Two simulated vendors with real films, and the environment that leads a server to them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFfmpegMedia, rememberMedia } from '../../src/sandbox/ffmpeg-media.ts'
import type { MakeMedia } from '../../src/sandbox/media-maker.ts'
import type { Simulator } from '../../src/sandbox/simulator.ts'
import { createRealClock } from '../../src/sandbox/simulator-clock.ts'
import { createVeo3Simulator } from '../../src/sandbox/veo3-simulator.ts'
import { ffmpegPath } from './ffmpeg.ts'

export interface Sandbox {
  readonly first: Simulator
  readonly second: Simulator
  readonly environment: Readonly<Record<string, string>>
  /** What either saw that the contract does not know, and every key that went astray. */
  trouble(): readonly unknown[]
  close(): Promise<void>
}

/** Small films, whatever is said in them: each is made once, and whoever looks at it does so quickly. */
const small =
  (makeMedia: MakeMedia): MakeMedia =>
  (request) =>
    makeMedia({ ...request, script: '', width: 160, height: 160, fps: 10 })

/** @param jobMs how long a job takes */
export async function openSandbox({ jobMs = 300 }: { readonly jobMs?: number } = {}): Promise<Sandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'talking-photo-sandbox-'))
  const open = async (name: string) => {
    const simulator = await createVeo3Simulator({
      clock: createRealClock(),
      makeMedia: small(rememberMedia(createFfmpegMedia({ ffmpegPath }), directory)),
      key: `key-of-${name}`,
      webhookSecret: `secret-of-${name}`,
      name,
      jobMs,
    })
    await simulator.listen()
    return simulator
  }
  const [first, second] = [await open('veo3'), await open('veo3-backup')]
  return {
    first,
    second,
    environment: {
      VEO3_API_KEY: 'key-of-veo3',
      VEO3_API_BASE_URL: first.apiUrl,
      VEO3_WEBHOOK_SECRET: 'secret-of-veo3',
      VEO3_RATE_LIMIT_RPM: '100000',
      VEO3_BACKUP_API_KEY: 'key-of-veo3-backup',
      VEO3_BACKUP_API_BASE_URL: second.apiUrl,
      VEO3_BACKUP_RATE_LIMIT_RPM: '100000',
      OUTBOUND_ALLOW_HOSTS: [first, second].map(({ mediaUrl }) => new URL(mediaUrl).host).join(','),
    },
    trouble: () => [first, second].flatMap(({ control }) => [...control.violations, ...control.leaks]),
    async close() {
      await Promise.all([first.close(), second.close()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Jobs that it took, and how many of them for the same generation. */
export function takenBy({ control }: Simulator): { readonly jobs: number; readonly twice: number } {
  const accepted = Object.values(control.state().paid).map((each) => each.accepted)
  return { jobs: accepted.reduce((sum, each) => sum + each, 0), twice: accepted.filter((each) => each > 1).length }
}
