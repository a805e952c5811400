/** What a user thinks of a video, and its whole story. */
import type { RequestHandler } from 'express'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { rateOperation, traceOperation } from './operations/rating.ts'
import { presentGeneration } from './present-generation.ts'
import { presentTrace } from './present-trace.ts'
import { checkFields } from './read-fields.ts'
import { readJsonObject } from './read-json.ts'
import { callerOf, idOf, type RouteContext } from './route-context.ts'
import { ratingFields } from './schemas/trace.ts'

export function ratingRoutes({ useCases, config }: RouteContext): readonly Route[] {
  const rate: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const id = idOf(request, 'generation')
    const body = await readJsonObject(request, response, config.uploadPatienceMs, {
      message: 'The body must be application/json.',
      hint: 'For example {"score": 4, "comment": "The lips fit well."}.',
    })
    const mistakes: Mistake[] = []
    const fields = checkFields(ratingFields, body, mistakes)
    if (!fields || mistakes.length > 0) throw mistakesFailure(mistakes)
    const { score, comment } = fields
    const rated = await useCases.rateGeneration(tenantId, id, { score, comment: comment === '' ? null : comment })
    response.json(presentGeneration(rated.generation, rated.rating))
  }

  const trace: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    response.json(presentTrace(await useCases.traceGeneration(tenantId, idOf(request, 'generation'))))
  }

  return [
    { operation: rateOperation, handle: rate },
    { operation: traceOperation, handle: trace },
  ]
}
