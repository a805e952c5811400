/** Generations: make one, read one, list them, cancel or delete one, and its finished files. */
import type { RequestHandler } from 'express'
import type { OpenedMedia } from '../generations/use-cases.ts'
import { batchRoute } from './batch-route.ts'
import { generateRoute } from './generate-route.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { batchOperation } from './operations/batch.ts'
import { generateOperation } from './operations/generate.ts'
import { contentOperation, subRipOperation, thumbnailOperation, webVttOperation } from './operations/media.ts'
import { discardOperation, listOperation, readOperation } from './operations/videos.ts'
import { api } from './paths.ts'
import { pollAfterSeconds, presentGeneration } from './present-generation.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { callerOf, idOf, type RouteContext } from './route-context.ts'
import { listFields } from './schemas/list-request.ts'
import { sendMedia } from './send-media.ts'

export function generationRoutes(context: RouteContext): readonly Route[] {
  const { useCases, config } = context

  const list: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const mistakes: Mistake[] = []
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
    const ratings = await useCases.readRatings(tenantId, page.items)
    const items = page.items.map((item) => presentGeneration(item, ratings.get(item.id)))
    response.json({ items, next_cursor: page.nextCursor })
  }

  const read: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const generation = await useCases.getGeneration(tenantId, idOf(request, 'generation'))
    const ratings = await useCases.readRatings(tenantId, [generation])
    const body = presentGeneration(generation, ratings.get(generation.id))
    if (body.links.cancel) response.set('Retry-After', String(pollAfterSeconds(generation)))
    response.json(body)
  }

  const discard: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const cancelled = await useCases.discardGeneration(tenantId, idOf(request, 'generation'))
    if (cancelled) response.json(presentGeneration(cancelled))
    else response.status(204).end()
  }

  const file =
    (open: (tenantId: string, id: string) => Promise<OpenedMedia>): RequestHandler =>
    async (request, response) => {
      const { tenantId } = await callerOf(request, config)
      await sendMedia(response, await open(tenantId, idOf(request, 'generation')))
    }

  return [
    { operation: generateOperation, handle: generateRoute(context) },
    { operation: batchOperation, handle: batchRoute(context) },
    { operation: listOperation, handle: list },
    { operation: readOperation, handle: read },
    { operation: discardOperation, handle: discard },
    { operation: contentOperation, handle: file((tenantId, id) => useCases.openMedia(tenantId, id, 'video')) },
    { operation: thumbnailOperation, handle: file((tenantId, id) => useCases.openMedia(tenantId, id, 'thumbnail')) },
    { operation: webVttOperation, handle: file((tenantId, id) => useCases.openSubtitles(tenantId, id, 'vtt')) },
    { operation: subRipOperation, handle: file((tenantId, id) => useCases.openSubtitles(tenantId, id, 'srt')) },
  ]
}
