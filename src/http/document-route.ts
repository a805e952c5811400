/** GET /api/openapi.json: the document of all routes, itself included. */
import { buildDocument } from './openapi/build-document.ts'
import type { Route } from './openapi/operation.ts'
import { documentOperation } from './operations/service.ts'

/** All of `routes`, and one more that serves their document. */
export function withDocument(routes: readonly Route[], version: string): readonly Route[] {
  let text: string | null = null
  const route: Route = {
    operation: documentOperation,
    handle(_request, response) {
      text ??= JSON.stringify(
        buildDocument(
          all.map(({ operation }) => operation),
          version,
        ),
      )
      response.type('json').send(text)
    },
  }
  const all = [...routes, route]
  return all
}
