/** Photos: can this one speak, keep it for reuse, look at it, delete it. */
import type { Request, RequestHandler, Response } from 'express'
import type { z } from 'zod'
import { Failure } from '../errors.ts'
import { clientSignal } from './client-signal.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import {
  checkPhotoOperation,
  deletePhotoOperation,
  keepPhotoOperation,
  readPhotoOperation,
} from './operations/photos.ts'
import { presentPhoto, presentVerdict, presentWarnings } from './present-photo.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { noPhoto, photoAsText } from './read-generation.ts'
import { withUpload } from './receive-upload.ts'
import { callerOf, idOf, type RouteContext } from './route-context.ts'
import { photoCheckFields, photoFields } from './schemas/generation-request.ts'

export function photoRoutes({ useCases, config }: RouteContext): readonly Route[] {
  /** A form with one photo and the text fields of `schema`. */
  const withPhoto = async <Shape extends z.ZodRawShape, T>(
    request: Request,
    response: Response,
    schema: z.ZodObject<Shape>,
    use: (file: string, fields: z.output<z.ZodObject<Shape>>) => Promise<T>,
  ): Promise<T> => {
    if (!request.is('multipart/form-data')) throw notAForm()
    return await withUpload(request, response, config, async (upload) => {
      const mistakes: Mistake[] = [...upload.mistakes]
      const { photo: photoWord, ...words } = readFormFields(upload.fields, mistakes)
      if (photoWord !== undefined) mistakes.push(photoAsText)
      else if (upload.photo === null && !mistakes.some(({ field }) => field === 'photo')) mistakes.push(noPhoto)
      const fields = checkFields(schema, words, mistakes)
      if (!fields || upload.photo === null || mistakes.length > 0) throw mistakesFailure(mistakes)
      return use(upload.photo.file, fields)
    })
  }

  const check: RequestHandler = async (request, response) => {
    await config.tenantOf(request)
    const { verdict, width, height, sha256 } = await withPhoto(request, response, photoCheckFields, (file, { face }) =>
      useCases.checkPhoto({ file, face, signal: clientSignal(response) }),
    )
    response.json({ ...presentVerdict(verdict), width, height, sha256 })
  }

  const keep: RequestHandler = async (request, response) => {
    const caller = await callerOf(request, config)
    const { photo, verdict } = await withPhoto(request, response, photoFields, (file) =>
      useCases.keepPhoto({ caller, file, signal: clientSignal(response) }),
    )
    const body = presentPhoto(photo)
    response
      .status(201)
      .location(body.links.self)
      .json({ ...body, warnings: presentWarnings(verdict.warnings) })
  }

  const read: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    response.json(presentPhoto(await useCases.getPhoto(tenantId, idOf(request, 'photo'))))
  }

  const remove: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    await useCases.deletePhoto(tenantId, idOf(request, 'photo'))
    response.status(204).end()
  }

  return [
    { operation: checkPhotoOperation, handle: check },
    { operation: keepPhotoOperation, handle: keep },
    { operation: readPhotoOperation, handle: read },
    { operation: deletePhotoOperation, handle: remove },
  ]
}

function notAForm(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'content-type-unsupported',
    status: 415,
    message: 'The body must be multipart/form-data.',
    hint: 'Send the photo as the file field `photo` of a form.',
  })
}
