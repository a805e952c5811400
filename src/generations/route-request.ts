/** What the router is asked for a generation's settings, at acceptance and again at each choice. */
import type { RouteRequest } from '../routing/ai-service-router.ts'
import type { Settings } from './generation.ts'

export function routeRequest(tenantId: string, settings: Settings, seconds: number): RouteRequest {
  const { model, strategy, costLimit } = settings
  return {
    tenantId,
    quality: settings.quality,
    language: settings.language ?? 'en',
    aspectRatio: settings.aspectRatio,
    seconds,
    recorded: settings.recordingSha256 !== undefined,
    ...(model === undefined ? {} : { model }),
    ...(strategy === undefined ? {} : { strategy }),
    ...(costLimit === undefined ? {} : { costLimit }),
  }
}
