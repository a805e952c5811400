import { Router } from 'express'
import { onlyMethods } from '../handle-errors.ts'
import type { Route } from './operation.ts'

/** A router with every route, in order; other methods on their paths are told what there is. */
export function mountRoutes(routes: readonly Route[]): Router {
  const router = Router({ caseSensitive: true })
  for (const path of new Set(routes.map(({ operation }) => operation.path))) {
    const ofPath = routes.filter(({ operation }) => operation.path === path)
    const place = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'))
    for (const { operation, handle } of ofPath) place[operation.method](handle)
    place.all(onlyMethods(...ofPath.map(({ operation }) => operation.method.toUpperCase())))
  }
  return router
}
