/** The models there are. */
import type { RequestHandler } from 'express'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { modelsOperation, unversionedModelsOperation } from './operations/models.ts'
import { presentModels } from './present-models.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import type { RouteContext } from './route-context.ts'
import { modelFields } from './schemas/model.ts'

export function modelRoutes({ useCases, config }: RouteContext): readonly Route[] {
  const handle: RequestHandler = async (request, response) => {
    const tenantId = await config.tenantOf(request)
    const mistakes: Mistake[] = []
    const query = checkFields(modelFields, readFormFields(request.query, mistakes), mistakes)
    if (!query || mistakes.length > 0) throw mistakesFailure(mistakes)
    const { kind, available } = query
    const list = useCases.listModels(tenantId, {
      ...(kind !== undefined && { kind }),
      ...(available !== undefined && { available }),
    })
    response.json(presentModels(list))
  }

  return [
    { operation: modelsOperation, handle },
    { operation: unversionedModelsOperation, handle },
  ]
}
