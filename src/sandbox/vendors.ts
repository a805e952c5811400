/** Every vendor that the sandbox simulates, and the variables by which the product takes a simulator for that vendor. */

import { createElevenLabsSimulator } from './elevenlabs-simulator.ts'
import type { TellSpeech } from './elevenlabs-speech.ts'
import { createGoogleSimulator } from './google-simulator.ts'
import type { MakeMedia } from './media-maker.ts'
import { createNanoBananaSimulator, type MakeEdit } from './nano-banana-simulator.ts'
import { createRunwaySimulator } from './runway-simulator.ts'
import type { Simulator, SimulatorOptions } from './simulator.ts'
import { createVeo3Simulator } from './veo3-simulator.ts'

/** Who makes what the simulated vendors answer with. */
export interface Makers {
  readonly makeMedia: MakeMedia
  readonly makeEdit: MakeEdit
  readonly speak: TellSpeech
}

export interface VendorOptions extends Omit<SimulatorOptions, 'key' | 'name'>, Makers {
  /** How long a film takes at least. */
  readonly jobMs: number
  /** Whether an answer that only lacks its film waits for it. */
  readonly waitForMedia?: boolean
}

export interface SandboxVendor {
  readonly name: string
  open(options: VendorOptions): Promise<Simulator>
  /** Of a product that is to ask it. */
  environment(simulator: Pick<Simulator, 'apiUrl'>): Readonly<Record<string, string>>
}

/** Not secret: they open nothing but a simulator. */
const keyOf = (name: string) => `sandbox-${name}-key`
const webhookSecret = 'sandbox-webhook-secret'
const googleWebhookSecret = `whsec_${Buffer.from(webhookSecret).toString('base64')}`

const veo3 = (name: string, prefix: string): SandboxVendor => ({
  name,
  open: (options) => createVeo3Simulator({ ...options, name, key: keyOf(name), webhookSecret }),
  environment: ({ apiUrl }) => ({
    [`${prefix}API_KEY`]: keyOf(name),
    [`${prefix}API_BASE_URL`]: apiUrl,
    [`${prefix}WEBHOOK_SECRET`]: webhookSecret,
    [`${prefix}IDEMPOTENT`]: 'true',
  }),
})

export const sandboxVendors: readonly SandboxVendor[] = [
  veo3('veo3', 'VEO3_'),
  veo3('veo3-backup', 'VEO3_BACKUP_'),
  {
    name: 'runway',
    open: (options) => createRunwaySimulator({ ...options, key: keyOf('runway'), avatarMs: options.jobMs / 2 }),
    environment: ({ apiUrl }) => ({ RUNWAY_API_KEY: keyOf('runway'), RUNWAY_API_BASE_URL: apiUrl }),
  },
  {
    name: 'google',
    open: (options) => createGoogleSimulator({ ...options, key: keyOf('google'), webhookSecret: googleWebhookSecret }),
    environment: ({ apiUrl }) => ({
      GEMINI_API_KEY: keyOf('google'),
      GOOGLE_API_BASE_URL: apiUrl,
      GOOGLE_WEBHOOK_SECRET: googleWebhookSecret,
    }),
  },
  {
    name: 'nano-banana',
    open: (options) => createNanoBananaSimulator({ ...options, key: keyOf('nano-banana') }),
    environment: ({ apiUrl }) => ({
      NANO_BANANA_API_KEY: keyOf('nano-banana'),
      NANO_BANANA_API_BASE_URL: apiUrl,
    }),
  },
  {
    name: 'elevenlabs',
    open: (options) => createElevenLabsSimulator({ ...options, key: keyOf('elevenlabs') }),
    environment: ({ apiUrl }) => ({
      ELEVENLABS_API_KEY: keyOf('elevenlabs'),
      ELEVENLABS_API_BASE_URL: apiUrl,
    }),
  },
]

/** The lines by which a product takes all of them for its vendors; finished files lie on ports of their own. */
export function sandboxEnvironment(
  opened: readonly { readonly vendor: SandboxVendor; readonly simulator: Pick<Simulator, 'apiUrl' | 'mediaUrl'> }[],
): Readonly<Record<string, string>> {
  const hosts = opened.map(({ simulator }) => new URL(simulator.mediaUrl).host)
  return {
    ...Object.assign({}, ...opened.map(({ vendor, simulator }) => vendor.environment(simulator))),
    OUTBOUND_ALLOW_HOSTS: hosts.join(','),
  }
}
