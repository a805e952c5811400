/** How the process, the whole and each provider are. */
import type { RequestHandler } from 'express'
import { Failure } from '../errors.ts'
import type { Health } from '../watching/health.ts'
import type { SeenProbe } from '../watching/probes.ts'
import type { Route } from './openapi/operation.ts'
import { healthOperation, probeOperation } from './operations/health.ts'
import { liveOperation, readyOperation } from './operations/service.ts'
import { presentHealth, presentProbe } from './present-watching.ts'

export interface Readiness {
  readonly ready: boolean
  /** Per thing it depends on: 'ok', or what is wrong. */
  readonly checks: Readonly<Record<string, string>>
}

export interface HealthParts {
  readonly readiness: () => Promise<Readiness>
  readonly health: () => Promise<Health>
  /** Null for an unknown provider. */
  readonly probe: (provider: string) => Promise<SeenProbe> | null
  readonly version: string
}

/** The guide's: 206 for a vendor that answers, but not well. */
const statusOf = { healthy: 200, degraded: 206, unhealthy: 500 } as const

export function healthRoutes({ readiness, health, probe, version }: HealthParts): readonly Route[] {
  const ready: RequestHandler = async (_request, response) => {
    const { ready, checks } = await readiness()
    response.status(ready ? 200 : 503).json({ ready, checks })
  }

  const summary: RequestHandler = async (_request, response) => {
    const state = await health()
    response.status(state.status === 'unhealthy' ? 503 : 200).json(presentHealth(state, version))
  }

  const ofProvider: RequestHandler = async (request, response) => {
    const provider = String(request.params.provider)
    const asked = probe(provider)
    if (!asked) {
      throw new Failure('INVALID_REQUEST', {
        reason: 'provider-not-found',
        status: 404,
        message: 'There is no such provider.',
        hint: 'GET /health lists those there are.',
      })
    }
    const { result } = await asked
    response.status(statusOf[result.status]).json(presentProbe(provider, result))
  }

  return [
    { operation: healthOperation, handle: summary },
    { operation: liveOperation, handle: (_request, response) => void response.json({ status: 'ok' }) },
    { operation: readyOperation, handle: ready },
    { operation: probeOperation, handle: ofProvider },
  ]
}
