/**
 * Sums for figures and alerts. Whatever ended in a stretch of time was begun at most `longestMs` before it: that bound lets
 * the indexes on `created_at` do the work (among 300000 of each, 5 ms instead of 200). BRIN ones did not: until a vacuum they
 * know nothing of new pages, and every page is read.
 */
import type { CostRow, CostStore, WatchingStore, WindowFigures } from '../watching/ports.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'
import { micros } from './generation-sql.ts'
import { at } from './sql.ts'

/** The longest deadline is an hour, and who joins may move it once more. */
const longestMs = 3 * 60 * 60 * 1000

/** Faults of the request, not of the provider. */
const requestsOwn = ['INVALID_REQUEST', 'INVALID_MODEL', 'CONTENT_POLICY_VIOLATION']

export function createWatchingStore({ prisma }: { readonly prisma: PrismaClient }): WatchingStore & CostStore {
  const begunFor = (since: Date) => at(new Date(since.getTime() - longestMs))
  return {
    async figuresSince(since, currency) {
      const ended = Prisma.sql`created_at >= ${begunFor(since)} AND finished_at >= ${at(since)}`
      const [row] = await prisma.$queryRaw<FiguresRow[]>`
        SELECT a.*, b.*, w.*, g.* FROM (
          SELECT count(*) FILTER (WHERE state <> 'cancelled')::int AS attempts,
                 count(*) FILTER (WHERE state IN ('failed', 'expired', 'unknown')
                   AND COALESCE(failure->>'code', '') NOT IN (${Prisma.join(requestsOwn)}))::int AS failed_attempts,
                 COALESCE(sum(cost_micros) FILTER (WHERE cost_currency = ${currency}), 0)::float8 AS cost_micros
          FROM attempts WHERE ${ended}
        ) a, (
          SELECT count(*) FILTER (WHERE ordinal = 1)::int AS first, count(*) FILTER (WHERE ordinal > 1)::int AS fallbacks
          FROM attempts WHERE created_at >= ${at(since)}
        ) b, (
          SELECT count(*)::int AS made, COALESCE(sum(extract(epoch FROM finished_at - started_at)), 0)::float8 AS made_seconds
          FROM works WHERE ${ended} AND state = 'done'
        ) w, (
          SELECT count(*)::int AS accepted, count(*) FILTER (WHERE origin <> 'made')::int AS hits
          FROM generations WHERE created_at >= ${at(since)}
        ) g`
      return toFigures(row!)
    },

    async spendersSince(since, over) {
      const rows = await prisma.$queryRaw<{ tenant_id: string; micros: number }[]>`
        SELECT tenant_id, sum(cost_micros)::float8 AS micros FROM attempts
        WHERE created_at >= ${begunFor(since)} AND finished_at >= ${at(since)}
          AND cost_bearer = 'user' AND cost_currency = ${over.currency}
        GROUP BY tenant_id HAVING sum(cost_micros) > ${micros(over.micros)} ORDER BY tenant_id`
      return rows.map(({ tenant_id, micros }) => ({ tenantId: tenant_id, micros }))
    },

    async costsOf(tenantId, from, until) {
      const ended = Prisma.sql`g.tenant_id = ${tenantId} AND g.created_at >= ${begunFor(from)} AND g.created_at < ${at(until)}
        AND g.finished_at >= ${at(from)} AND g.finished_at < ${at(until)}`
      const day = Prisma.sql`to_char(g.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day`
      return prisma.$queryRaw<CostRow[]>`
        WITH made AS (
          SELECT ${day}, COALESCE(g.making->>'provider', (
            SELECT a.provider FROM attempts a WHERE a.work_id = g.work_id AND a.state = 'succeeded' ORDER BY a.ordinal LIMIT 1
          )) AS provider, count(*)::int AS generations
          FROM generations g WHERE ${ended} AND g.status = 'completed' GROUP BY 1, 2
        ), spent AS (
          SELECT ${day}, g.provider, g.cost_currency AS currency,
                 COALESCE(sum(g.cost_micros) FILTER (WHERE g.cost_bearer = 'user'), 0)::float8 AS user_micros,
                 COALESCE(sum(g.cost_micros) FILTER (WHERE g.cost_bearer = 'house'), 0)::float8 AS house_micros
          FROM attempts g WHERE ${ended} AND g.cost_micros > 0 GROUP BY 1, 2, 3
        )
        SELECT day, COALESCE(provider, '') AS provider, spent.currency, COALESCE(made.generations, 0) AS generations,
               COALESCE(spent.user_micros, 0)::float8 AS "userMicros", COALESCE(spent.house_micros, 0)::float8 AS "houseMicros"
        FROM made FULL JOIN spent USING (day, provider)
        ORDER BY day DESC, provider, spent.currency`
    },
  }
}

interface FiguresRow {
  readonly attempts: number
  readonly failed_attempts: number
  readonly cost_micros: number
  readonly first: number
  readonly fallbacks: number
  readonly made: number
  readonly made_seconds: number
  readonly accepted: number
  readonly hits: number
}

function toFigures(row: FiguresRow): WindowFigures {
  return {
    attempts: row.attempts,
    failedAttempts: row.failed_attempts,
    made: { count: row.made, seconds: row.made_seconds },
    accepted: { count: row.accepted, hits: row.hits },
    begun: { first: row.first, fallbacks: row.fallbacks },
    costMicros: row.cost_micros,
  }
}
