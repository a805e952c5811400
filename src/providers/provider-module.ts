/** What each provider brings to the catalogue: its variables, what may be wrong with them, and the entry that comes of them. */
import type { z } from 'zod'
import type { Ask } from '../network/ask.ts'
import type { OpenFile } from '../network/open-file.ts'
import type { SendForm } from '../network/send-form.ts'
import type { LocalRender } from './local.ts'
import type { QualityTier } from './model.ts'
import type { ModelFacts } from './model-facts.ts'
import type { Provider } from './provider.ts'
import type { QualityProfiles } from './quality-profile.ts'

/** Parsed variables by their full names. */
export type ProviderEnvironment = Readonly<Record<string, unknown>>

export interface ProviderParts {
  readonly environment: ProviderEnvironment
  readonly ask: Ask
  /** A file of ours to an address that a vendor's answer named. */
  readonly sendForm?: SendForm
  /** Of a voice of ours; null: not known here. */
  readonly genderOf?: (voice: string) => 'female' | 'male' | null
  /** Absent where no file is opened: to tell what there is. */
  readonly openFile?: OpenFile
  readonly render: LocalRender
  /** Primary language subtags that the voices on this machine speak. */
  readonly languages: readonly string[]
  /** Fails where nothing could be rendered on this machine. */
  readonly checkRenderer?: (signal: AbortSignal) => Promise<void>
  readonly now: () => Date
  /** What the tiers mean at the moment. */
  readonly profiles?: () => QualityProfiles
}

export interface CatalogueEntry {
  readonly id: string
  readonly name: string
  /** Variables of which any one holds its key; empty: it needs none. */
  readonly keyNames: readonly string[]
  /** Null: not available here; `missing` says why. */
  readonly provider: Provider | null
  /** What is made where a request does not say, as this provider's variables have it. */
  readonly defaultQuality?: QualityTier
  /** What is missing for it to be available, in the middle of a sentence; null: nothing. */
  readonly missing: string | null
  /** What is known of its models, also of those that cannot be called. */
  readonly models: readonly ModelFacts[]
}

export interface ProviderModule {
  readonly id: string
  /** Its variables, by their full names. */
  readonly environment: Readonly<Record<string, z.ZodType>>
  /** What is set by halves, each mistake with the name of its variable; nothing that is wrong in itself. */
  mistakes?(environment: ProviderEnvironment): readonly string[]
  /** Null: not even spoken of, unless it is configured. */
  entry(parts: ProviderParts): CatalogueEntry | null
}
