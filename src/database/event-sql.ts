/**
 * One statement numbers, writes and announces an event. The row lock of the UPDATE orders writers of the same
 * generation, so numbers have no gaps and become visible in order; pg_notify leaves with the commit.
 */
import type { EventBody, GenerationEvent } from '../generations/event.ts'
import { eventChannel } from './event-feed.ts'
import { Prisma } from './generated/client.ts'
import { at, jsonb } from './sql.ts'

export interface EventStampRow {
  readonly tenant_id: string
  readonly seq: number
  readonly status: string
  readonly progress: number
}

/** Yields one EventStampRow, or none when `where` matched no generation. */
export function appendEventSql(event: {
  readonly body: EventBody
  readonly when: Date
  readonly bump: Prisma.Sql
  readonly where: Prisma.Sql
}): Prisma.Sql {
  return Prisma.sql`
    WITH stamped AS (
      UPDATE generations SET ${event.bump} WHERE ${event.where}
      RETURNING id, tenant_id, last_seq, status, progress
    ), written AS (
      INSERT INTO events (generation_id, seq, tenant_id, at, status, progress, body)
      SELECT id, last_seq, tenant_id, ${at(event.when)}, status, progress, ${jsonb(event.body)} FROM stamped
      RETURNING generation_id, seq, tenant_id, status, progress
    )
    SELECT tenant_id, seq, status, progress,
           pg_notify(${eventChannel}, json_build_object('generationId', generation_id, 'seq', seq, 'status', status)::text)::text AS told
    FROM written`
}

export function toStampedEvent(row: EventStampRow, generationId: string, body: EventBody, when: Date): GenerationEvent {
  return {
    generationId,
    tenantId: row.tenant_id,
    seq: row.seq,
    at: when,
    status: row.status as GenerationEvent['status'],
    progress: row.progress,
    body,
  }
}
