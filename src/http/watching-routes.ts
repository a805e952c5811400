/** What is alarming, and what it all costs. */
import type { Request, RequestHandler } from 'express'
import type { CostRow } from '../watching/ports.ts'
import type { AlertState } from '../watching/watch-alerts.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { alertsOperation, costsOperation } from './operations/watching.ts'
import { operatorOf } from './operator-of.ts'
import { presentAlerts, presentCosts } from './present-watching.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { callerOf, type HttpConfig } from './route-context.ts'
import { costFields } from './schemas/watching.ts'

export interface WatchingParts {
  readonly config: HttpConfig
  readonly alerts: () => AlertState
  /** Of what ended from `from` and before `until`. */
  readonly costsOf: (tenantId: string, from: Date, until: Date) => Promise<readonly CostRow[]>
  readonly now: () => Date
}

const dayMs = 24 * 60 * 60 * 1000
const usualDays = 30

export function watchingRoutes({ config, alerts, costsOf, now }: WatchingParts): readonly Route[] {
  const readAlerts: RequestHandler = async (request, response) => {
    await operatorOf(request, config)
    response.json(presentAlerts(alerts()))
  }

  const readCosts: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const { from, to } = readSpan(request, now())
    const rows = await costsOf(tenantId, from, new Date(to.getTime() + dayMs))
    response.json(presentCosts(rows, { from: toDay(from), to: toDay(to) }))
  }

  return [
    { operation: alertsOperation, handle: readAlerts },
    { operation: costsOperation, handle: readCosts },
  ]
}

function readSpan(request: Request, now: Date): { readonly from: Date; readonly to: Date } {
  const mistakes: Mistake[] = []
  const query = checkFields(costFields, readFormFields(request.query, mistakes), mistakes)
  const toDate = (field: 'from' | 'to', day: string) => {
    const date = new Date(`${day}T00:00:00Z`)
    // The calendar has no 30th of February; Date makes it the 2nd of March.
    if (Number.isNaN(date.getTime()) || toDay(date) !== day) {
      mistakes.push({ field, reason: 'field-invalid', message: 'is a day that there is not' })
    }
    return date
  }
  const to = toDate('to', query?.to ?? toDay(now))
  const from = query?.from ? toDate('from', query.from) : new Date(to.getTime() - (usualDays - 1) * dayMs)
  if (from > to) mistakes.push({ field: 'from', reason: 'field-invalid', message: 'must not be after `to`' })
  if (!query || mistakes.length > 0) throw mistakesFailure(mistakes)
  return { from, to }
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10)
}
