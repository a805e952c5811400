/** Every provider of this build, one line each. The order means nothing: routing ranks. */
import { createLocalProvider, type LocalRender, localEnvironment } from './local.ts'
import type { Provider } from './provider.ts'

/** The slices of the environment that providers read, joined for the config. */
export const providersEnvironment = localEnvironment

/** Who is preferred where quality and cost leave a choice. */
export const defaultPriority: readonly string[] = ['veo3', 'runway', 'google', 'nano-banana', 'local']

export interface ProviderParts {
  readonly environment: ReturnType<typeof providersEnvironment.parse>
  readonly render: LocalRender
  /** Primary language subtags that the voices on this machine speak. */
  readonly languages: readonly string[]
}

export function createProviders({ environment, render, languages }: ProviderParts): readonly Provider[] {
  return [...(environment.LOCAL_RENDERER ? [createLocalProvider({ render, languages })] : [])]
}
