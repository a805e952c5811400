/** What the caches hold and how well they do, for operators. */
import type { Request, RequestHandler } from 'express'
import type { CacheStats } from '../cache/cache.ts'
import type { CacheDiagnosis } from '../watching/diagnose-cache.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { cacheDiagnosticsOperation, cacheStatsOperation, forgetCacheOperation } from './operations/cache.ts'
import { operatorOf } from './operator-of.ts'
import { type CacheFacts, presentCacheStats, presentDiagnosis } from './present-cache.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import type { RouteContext } from './route-context.ts'
import { cacheFields, type PublicCacheForgotten } from './schemas/cache.ts'

export interface CacheParts extends CacheFacts {
  readonly stats: () => Promise<CacheStats>
  readonly diagnose: () => Promise<CacheDiagnosis>
}

export function cacheRoutes({ useCases, config }: RouteContext, cache: CacheParts): readonly Route[] {
  const readStats: RequestHandler = async (request, response) => {
    await operatorOf(request, config)
    response.json(presentCacheStats(await cache.stats(), cache))
  }

  const readDiagnostics: RequestHandler = async (request, response) => {
    await operatorOf(request, config)
    response.json(presentDiagnosis(await cache.diagnose()))
  }

  const forget: RequestHandler = async (request, response) => {
    await operatorOf(request, config)
    const { key, ...selector } = readSelector(request)
    const forgotten = await useCases.forgetAnswers({ ...selector, ...(key === undefined ? {} : { name: key }) })
    response.json(forgotten satisfies PublicCacheForgotten)
  }

  return [
    { operation: cacheStatsOperation, handle: readStats },
    { operation: cacheDiagnosticsOperation, handle: readDiagnostics },
    { operation: forgetCacheOperation, handle: forget },
  ]
}

function readSelector(request: Request) {
  const mistakes: Mistake[] = []
  const query = checkFields(cacheFields, readFormFields(request.query, mistakes), mistakes)
  if (!query || mistakes.length > 0) throw mistakesFailure(mistakes)
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as {
    readonly [Field in keyof typeof query]?: string
  }
}
