/** What the router is asked for a work's settings, at acceptance and again at each choice. */
import type { RouteRequest } from '../routing/ai-service-router.ts'
import type { Settings } from './generation.ts'

export function routeRequest(
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  settings: Settings,
  seconds: number,
  script?: string,
): RouteRequest {
  const { model, strategy, costLimit } = settings
  return {
    tenantId,
    seed: id,
    quality: settings.quality,
    language: settings.language ?? 'en',
    aspectRatio: settings.aspectRatio,
    seconds,
    ...(script === undefined ? {} : { script }),
    recorded: settings.recordingSha256 !== undefined,
    ...(model === undefined ? {} : { model }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(costLimit === undefined ? {} : { costLimit }),
  }
}
