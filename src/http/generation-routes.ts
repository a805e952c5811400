/** Generations: make one, read one, list them, cancel or delete one, and its finished bytes. */
import { Router } from 'express'
import { generateRoute } from './generate-route.ts'
import { onlyMethods } from './handle-errors.ts'
import { mistakesFailure } from './mistakes.ts'
import { api } from './paths.ts'
import { pollAfterSeconds, presentGeneration } from './present-generation.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { callerOf, idOf, type RouteContext } from './route-context.ts'
import { listFields } from './schemas/list-request.ts'
import { sendMedia } from './send-media.ts'

export function generationRoutes(context: RouteContext): Router {
  const { useCases, config } = context
  const router = Router()

  router.route('/video/generate').post(generateRoute(context)).all(onlyMethods('POST'))

  router
    .route('/video')
    .get(async (request, response) => {
      const { tenantId } = await callerOf(request, config)
      const mistakes: Parameters<typeof mistakesFailure>[0][number][] = []
      const query = checkFields(listFields, readFormFields(request.query, mistakes), mistakes)
      if (!query || mistakes.length > 0) throw mistakesFailure(mistakes)
      const { limit, cursor, status } = query
      const page = await useCases.listGenerations(tenantId, {
        limit,
        ...(cursor && { cursor }),
        ...(status && { status }),
      })
      if (page.nextCursor !== null) {
        const next = new URLSearchParams({ limit: String(limit), ...(status && { status }), cursor: page.nextCursor })
        response.links({ next: `${api}/video?${next}` })
      }
      response.json({ items: page.items.map(presentGeneration), next_cursor: page.nextCursor })
    })
    .all(onlyMethods('GET'))

  router
    .route('/video/:id')
    .get(async (request, response) => {
      const { tenantId } = await callerOf(request, config)
      const generation = await useCases.getGeneration(tenantId, idOf(request, 'generation'))
      const body = presentGeneration(generation)
      if (body.links.cancel) response.set('Retry-After', String(pollAfterSeconds(generation)))
      response.json(body)
    })
    .delete(async (request, response) => {
      const { tenantId } = await callerOf(request, config)
      const cancelled = await useCases.discardGeneration(tenantId, idOf(request, 'generation'))
      if (cancelled) response.json(presentGeneration(cancelled))
      else response.status(204).end()
    })
    .all(onlyMethods('GET', 'DELETE'))

  for (const [name, kind] of [
    ['content', 'video'],
    ['thumbnail', 'thumbnail'],
  ] as const) {
    router
      .route(`/video/:id/${name}`)
      .get(async (request, response) => {
        const { tenantId } = await callerOf(request, config)
        await sendMedia(response, await useCases.openMedia(tenantId, idOf(request, 'generation'), kind))
      })
      .all(onlyMethods('GET'))
  }

  for (const format of ['vtt', 'srt'] as const) {
    router
      .route(`/video/:id/subtitles.${format}`)
      .get(async (request, response) => {
        const { tenantId } = await callerOf(request, config)
        await sendMedia(response, await useCases.openSubtitles(tenantId, idOf(request, 'generation'), format))
      })
      .all(onlyMethods('GET'))
  }

  return router
}
