/**
 * One statement numbers, writes and announces events. The row lock of the UPDATE orders writers of the same generation, so
 * numbers have no gaps and become visible in order; pg_notify leaves with the commit.
 */
import type { EventBody } from '../generations/event.ts'
import { eventChannel } from './event-feed.ts'
import { Prisma } from './generated/client.ts'
import { at, jsonb } from './sql.ts'

/**
 * CTEs that append to the log of every row that the CTE `stamped` gives, and announce it. `stamped` is an UPDATE of
 * generations that counts `last_seq` up and returns id, tenant_id, work_id, last_seq, status and progress; `body` may be
 * made of what else it returns.
 */
export function appendCtes(body: Prisma.Sql, when: Date): Prisma.Sql {
  const rows = Prisma.sql`SELECT id, last_seq, tenant_id, ${at(when)}, status, progress, ${body} FROM stamped`
  return writeCtes(rows)
}

function writeCtes(rows: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    written AS (
      INSERT INTO events (generation_id, seq, tenant_id, at, status, progress, body) ${rows}
      RETURNING generation_id, seq, status
    ), told AS (
      SELECT pg_notify(${eventChannel}, json_build_object(
        'generationId', written.generation_id, 'workId', stamped.work_id, 'seq', written.seq, 'status', written.status)::text)
      FROM written JOIN stamped ON stamped.id = written.generation_id
    )`
}

/**
 * Inserts a generation together with the first events of its log; yields the number of events as `count`.
 * @param before CTEs that `insert` reads; @param after CTEs that read `stamped`, the inserted row
 */
export function insertWithLogSql(
  insert: Prisma.Sql,
  log: readonly EventBody[],
  when: Date,
  { before = Prisma.empty, after = Prisma.empty } = {},
): Prisma.Sql {
  const entries = log.map((body, index) => Prisma.sql`(${index + 1}::int, ${jsonb(body)})`)
  const rows = Prisma.sql`SELECT id, entry.seq, tenant_id, ${at(when)}, status, progress, entry.body FROM stamped, entry`
  return Prisma.sql`
    WITH ${before} stamped AS (${insert} RETURNING id, tenant_id, work_id, status, progress),
    entry (seq, body) AS (VALUES ${Prisma.join(entries)}), ${writeCtes(rows)} ${after}
    SELECT count(*)::int AS count FROM told`
}

/** Appends one event to each log; yields the number of logs as `count`. */
export function appendEventsSql(ids: readonly string[], body: EventBody, when: Date): Prisma.Sql {
  return Prisma.sql`
    WITH stamped AS (
      UPDATE generations SET last_seq = last_seq + 1 WHERE id IN (${Prisma.join(ids)})
      RETURNING id, tenant_id, work_id, last_seq, status, progress
    ), ${appendCtes(jsonb(body), when)}
    SELECT count(*)::int AS count FROM told`
}
