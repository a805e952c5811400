/** GET /api/v1/video/{id}/events: the log of a generation, as a page of JSON or as a stream of Server-Sent Events. */
import type { Request, RequestHandler } from 'express'
import { presentEvent } from '../realtime/present-event.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { eventsOperation } from './operations/events.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { callerOf, idOf, type RouteContext } from './route-context.ts'
import { eventFields, eventHeaders } from './schemas/event.ts'

export function eventRoutes({ useCases, config, eventStreams }: RouteContext): readonly Route[] {
  const events: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const id = idOf(request, 'generation')
    const { after, limit } = readRequest(request)
    const wantsStream = request.accepts(['application/json', 'text/event-stream']) === 'text/event-stream'
    const page = await useCases.readEvents(tenantId, id, { after, limit: wantsStream ? 1 : limit })
    const nextAfter = page.events.at(-1)?.seq ?? after
    const ended = page.isOver && nextAfter >= page.lastSeq
    response.vary('Accept')
    if (!wantsStream) {
      const items = page.events.map(presentEvent)
      response.json({ items, next_after: nextAfter, last_seq: page.lastSeq, ended })
    } else if (ended && page.events.length === 0) {
      // The only answer after which an EventSource does not come back.
      response.status(204).end()
    } else if (request.method === 'HEAD') {
      response.type('text/event-stream').end()
    } else {
      await eventStreams.serve({
        tenantId,
        response,
        follow: (signal) => useCases.watchGeneration(tenantId, id, after, signal),
      })
    }
  }
  return [{ operation: eventsOperation, handle: events }]
}

/** An EventSource keeps its first address when it comes back: what it says beside that counts first. */
function readRequest(request: Request): { after: number; limit: number } {
  const mistakes: Mistake[] = []
  const query = checkFields(eventFields, readFormFields(request.query, mistakes), mistakes)
  const headers = checkFields(eventHeaders, { 'Last-Event-ID': request.get('Last-Event-ID') }, mistakes)
  if (!query || !headers || mistakes.length > 0) throw mistakesFailure(mistakes)
  return { after: headers['Last-Event-ID'] ?? query.lastEventId ?? query.after, limit: query.limit }
}
