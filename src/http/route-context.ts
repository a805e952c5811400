/** What every route of this room is handed. */
import type { Request } from 'express'
import { Failure } from '../errors.ts'
import type { QualityTier } from '../generations/generation.ts'
import type { Caller, UseCases } from '../generations/use-cases.ts'
import type { EventStreams } from '../realtime/event-streams.ts'
import { idShape } from './schemas/generation-request.ts'

export interface HttpConfig {
  /** Largest photo, bytes. */
  readonly maxUploadBytes: number
  /** How long a body may come slower than 1 KB/s. */
  readonly uploadPatienceMs: number
  readonly requireConsent: boolean
  /** Of requests that name none. */
  readonly defaultQuality: QualityTier
  /** Where an upload is put while its request lasts. Made when missing. */
  readonly uploadDir: string
  /** Told at GET /. */
  readonly version: string
  /** Whose request it is. @throws Failure AUTHENTICATION_FAILED */
  tenantOf(request: Request): string | Promise<string>
  /** May it see what concerns the whole service? */
  isOperator(tenantId: string): boolean
}

export interface RouteContext {
  readonly useCases: UseCases
  readonly config: HttpConfig
  readonly eventStreams: EventStreams
}

export async function callerOf(request: Request, config: HttpConfig): Promise<Caller> {
  return { tenantId: await config.tenantOf(request), requestId: String(request.id) }
}

/**
 * The `:id` of the path.
 * @throws Failure 404 `<kind>-not-found` for what cannot be one of our ids, so no store is asked for it
 */
export function idOf(request: Request, kind: 'generation' | 'photo'): string {
  const { id } = request.params
  if (typeof id === 'string' && idShape.test(id)) return id
  throw new Failure('INVALID_REQUEST', {
    reason: `${kind}-not-found`,
    status: 404,
    message: `There is no such ${kind}.`,
    hint: 'Check its id.',
  })
}
