/** Simulated vendors with real films, and the environment that leads a server to them. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFfmpegMedia, rememberMedia } from '../../src/sandbox/ffmpeg-media.ts'
import type { MakeMedia } from '../../src/sandbox/media-maker.ts'
import type { Simulator } from '../../src/sandbox/simulator.ts'
import { createRealClock } from '../../src/sandbox/simulator-clock.ts'
import { type Makers, type SandboxVendor, sandboxEnvironment, sandboxVendors } from '../../src/sandbox/vendors.ts'
import { ffmpegPath } from './ffmpeg.ts'

export interface Vendors<Name extends string> {
  readonly simulators: Readonly<Record<Name, Simulator>>
  readonly environment: Readonly<Record<string, string>>
  /** What any of them saw that its contract does not know, and every key that went astray. */
  trouble(): readonly unknown[]
  close(): Promise<void>
}

/** Small films, whatever is said in them: each is made once, and whoever looks at it does so quickly. */
const small =
  (makeMedia: MakeMedia): MakeMedia =>
  (request) =>
    makeMedia({ ...request, script: '', width: 160, height: 160, fps: 10 })

const nobody = (what: string) => () => Promise.reject(new Error(`nobody makes ${what} here`))

/** @param jobMs how long a job takes */
export async function openVendors<Name extends string>(
  names: readonly Name[],
  {
    jobMs = 300,
    makeEdit = nobody('edits'),
    speak = nobody('speech'),
  }: { readonly jobMs?: number } & Partial<Omit<Makers, 'makeMedia'>> = {},
): Promise<Vendors<Name>> {
  const directory = await mkdtemp(join(tmpdir(), 'talking-photo-sandbox-'))
  const opened: { readonly vendor: SandboxVendor; readonly simulator: Simulator }[] = []
  for (const name of names) {
    const vendor = sandboxVendors.find((each) => each.name === name)
    if (!vendor) throw new Error(`there is no vendor ${name}`)
    const makeMedia = small(rememberMedia(createFfmpegMedia({ ffmpegPath }), directory))
    const simulator = await vendor.open({ clock: createRealClock(), makeMedia, makeEdit, speak, jobMs })
    await simulator.listen()
    opened.push({ vendor, simulator })
  }
  const limits = Object.fromEntries(
    ['VEO3', 'VEO3_BACKUP', 'RUNWAY', 'GOOGLE', 'NANO_BANANA', 'ELEVENLABS'].map((prefix) => [
      `${prefix}_RATE_LIMIT_RPM`,
      '100000',
    ]),
  )
  return {
    simulators: Object.fromEntries(names.map((name, index) => [name, opened[index]!.simulator])) as Record<
      Name,
      Simulator
    >,
    environment: { ...sandboxEnvironment(opened), ...limits },
    trouble: () => opened.flatMap(({ simulator: { control } }) => [...control.violations, ...control.leaks]),
    async close() {
      await Promise.all(opened.map(({ simulator }) => simulator.close()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export interface Sandbox extends Pick<Vendors<string>, 'environment' | 'trouble' | 'close'> {
  readonly first: Simulator
  readonly second: Simulator
}

/** The veo3 account and its backup. */
export async function openSandbox(options: { readonly jobMs?: number } = {}): Promise<Sandbox> {
  const { simulators, environment, trouble, close } = await openVendors(['veo3', 'veo3-backup'], options)
  const { VEO3_IDEMPOTENT: _, VEO3_BACKUP_IDEMPOTENT: __, ...rest } = environment
  return { first: simulators.veo3, second: simulators['veo3-backup'], environment: rest, trouble, close }
}

/** Jobs that it took, and how many of them for the same generation. */
export function takenBy({ control }: Simulator): { readonly jobs: number; readonly twice: number } {
  const accepted = Object.values(control.state().paid).map((each) => each.accepted)
  return { jobs: accepted.reduce((sum, each) => sum + each, 0), twice: accepted.filter((each) => each > 1).length }
}
