/** POST /api/v1/video/generate: a photo and a script in, an accepted generation out. */

import type { Request, RequestHandler, Response } from 'express'
import type { AcceptedGeneration } from '../generations/use-cases.ts'
import { clientSignal } from './client-signal.ts'
import { pollAfterSeconds, presentGeneration } from './present-generation.ts'
import { presentWarnings } from './present-photo.ts'
import { readFormFields } from './read-fields.ts'
import { audioAsText, photoAsText, readGeneration } from './read-generation.ts'
import { readJsonObject } from './read-json.ts'
import { type Upload, withUpload } from './receive-upload.ts'
import { callerOf, type RouteContext } from './route-context.ts'

export function generateRoute({ useCases, config }: RouteContext): RequestHandler {
  const accept = async (request: Request, response: Response, { photo, audio, fields, mistakes: found }: Upload) => {
    response.locals.receivedMs = performance.now()
    const mistakes = [...found]
    const { photo: photoWord, audio: audioWord, ...words } = fields
    if (photoWord !== undefined) mistakes.push(photoAsText)
    if (audioWord !== undefined) mistakes.push(audioAsText)
    const asked = readGeneration(words, { photo, audio }, config, mistakes)
    const caller = await callerOf(request, config)
    return useCases.requestGeneration({ ...asked, caller, signal: clientSignal(response) })
  }

  const receive = async (request: Request, response: Response): Promise<AcceptedGeneration> => {
    if (request.is('multipart/form-data')) {
      const use = (upload: Upload) => {
        const mistakes = [...upload.mistakes]
        const fields = readFormFields(upload.fields, mistakes)
        return accept(request, response, { ...upload, fields, mistakes })
      }
      return withUpload(request, response, config, use, ['photo', 'audio'])
    }
    const fields = await readJsonObject(request, response, config.uploadPatienceMs)
    return accept(request, response, { photo: null, audio: null, fields, mistakes: [] })
  }

  return async (request, response) => {
    // Who it is comes first: a stranger's photo is not even read.
    await config.tenantOf(request)
    const { generation, warnings } = await receive(request, response)
    const body = presentGeneration(generation)
    const isDone = generation.status === 'completed'
    // What the client's own clock cannot tell: how long it took once the last byte was here.
    response.set('Server-Timing', `accept;dur=${(performance.now() - response.locals.receivedMs).toFixed(1)}`)
    if (!isDone) response.set('Retry-After', String(pollAfterSeconds(generation)))
    response
      .status(isDone ? 200 : 202)
      .location(body.links.self)
      .json({ ...body, warnings: presentWarnings(warnings) })
  }
}
