/** The writes of one decision of the heart, each a single statement on the transaction's own handle. */
import { Failure } from '../errors.ts'
import type { EventBody } from '../generations/event.ts'
import type { AdvanceJob, GenerationTransaction } from '../generations/ports.ts'
import { appendEventSql, type EventStampRow, toStampedEvent } from './event-sql.ts'
import { Prisma } from './generated/client.ts'
import { generationColumns, setClauses } from './generation-sql.ts'
import { toGeneration } from './rows.ts'
import { at, type DatabaseTransaction, jsonb } from './sql.ts'
import { sqlStateOf } from './store-errors.ts'

export type Enqueue = (tx: DatabaseTransaction, job: AdvanceJob) => Promise<void>

export function generationTransaction(tx: DatabaseTransaction, enqueue: Enqueue): GenerationTransaction {
  return {
    async insertPhoto(photo) {
      await tx.$executeRaw`
        INSERT INTO photos (id, tenant_id, sha256, media_key, width, height, bytes, kept, faces, created_at)
        VALUES (${photo.id}, ${photo.tenantId}, ${photo.sha256}, ${photo.mediaKey}, ${photo.width}, ${photo.height},
                ${photo.bytes}, ${photo.kept}, ${jsonb(photo.faces)}, ${at(photo.createdAt)})`
    },

    async deletePhoto(tenantId, id) {
      // First the lock, then the question in a statement of its own, so that it sees a generation that a racing
      // transaction inserted (holding a key share lock on this photo) before we got here.
      await tx.$queryRaw`SELECT id FROM photos WHERE id = ${id} AND tenant_id = ${tenantId} FOR UPDATE`
      const removed = await tx.$executeRaw`
        DELETE FROM photos p WHERE p.id = ${id} AND p.tenant_id = ${tenantId}
        AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.photo_id = p.id AND g.deleted_at IS NULL)`
      return removed === 1
    },

    async insertConsent(consent) {
      await tx.$executeRaw`
        INSERT INTO consents (id, tenant_id, photo_sha256, generation_id, request_id, granted_at)
        VALUES (${consent.id}, ${consent.tenantId}, ${consent.photoSha256}, ${consent.generationId},
                ${consent.requestId}, ${at(consent.grantedAt)})`
    },

    async insertGeneration(generation) {
      const columns = generationColumns(generation)
      try {
        await tx.$executeRaw`INSERT INTO generations (${Prisma.join(columns.map(([name]) => Prisma.raw(name)))})
          VALUES (${Prisma.join(columns.map(([, value]) => value))})`
      } catch (error) {
        if (sqlStateOf(error) !== '23503') throw error
        throw new Failure('INVALID_REQUEST', {
          status: 404,
          reason: 'photo-not-found',
          message: 'The photo does not exist any more.',
          hint: 'Upload it again.',
          cause: error,
        })
      }
    },

    async updateGeneration(id, expectedVersion, changes) {
      const moved = await tx.$executeRaw`
        UPDATE generations SET ${Prisma.join([Prisma.sql`version = version + 1`, ...setClauses(changes)])}
        WHERE id = ${id} AND version = ${expectedVersion}::int AND deleted_at IS NULL`
      if (moved !== 1) return null
      // The row is ours until commit: nobody can have changed it between the two statements.
      return toGeneration(await tx.generation.findUniqueOrThrow({ where: { id } }))
    },

    async insertAttempt(attempt) {
      const inserted = await tx.$executeRaw`
        INSERT INTO attempts (id, tenant_id, generation_id, ordinal, provider, model, state, failure, created_at, finished_at)
        SELECT ${attempt.id}, tenant_id, id, ${attempt.ordinal}::int, ${attempt.provider}, ${attempt.model}, ${attempt.state},
               ${jsonb(attempt.failure)}, ${at(attempt.createdAt)}, ${at(attempt.finishedAt)}
        FROM generations WHERE id = ${attempt.generationId}`
      mustBeOne(inserted, 'generation', attempt.generationId)
    },

    async updateAttempt(id, changes) {
      const clauses = definedClauses([
        [changes.state, (value) => Prisma.sql`state = ${value}`],
        [changes.failure, (value) => Prisma.sql`failure = ${jsonb(value)}`],
        [changes.finishedAt, (value) => Prisma.sql`finished_at = ${at(value)}`],
      ])
      if (clauses.length === 0) return
      mustBeOne(await tx.$executeRaw`UPDATE attempts SET ${Prisma.join(clauses)} WHERE id = ${id}`, 'attempt', id)
    },

    async insertCall(call) {
      const inserted = await tx.$executeRaw`
        INSERT INTO calls (id, tenant_id, attempt_id, ordinal, name, state, operation, outputs, started_at, finished_at)
        SELECT ${call.id}, tenant_id, id, ${call.ordinal}::int, ${call.name}, ${call.state}, ${jsonb(call.operation)},
               ${jsonb(call.outputs)}, ${at(call.startedAt)}, ${at(call.finishedAt)}
        FROM attempts WHERE id = ${call.attemptId}`
      mustBeOne(inserted, 'attempt', call.attemptId)
    },

    async updateCall(id, changes) {
      const clauses = definedClauses([
        [changes.state, (value) => Prisma.sql`state = ${value}`],
        [changes.operation, (value) => Prisma.sql`operation = ${jsonb(value)}`],
        [changes.outputs, (value) => Prisma.sql`outputs = ${jsonb(value)}`],
        [changes.finishedAt, (value) => Prisma.sql`finished_at = ${at(value as Date | null)}`],
      ])
      if (clauses.length === 0) return
      mustBeOne(await tx.$executeRaw`UPDATE calls SET ${Prisma.join(clauses)} WHERE id = ${id}`, 'call', id)
    },

    async appendEvent(generationId: string, body: EventBody, when: Date) {
      const [row] = await tx.$queryRaw<EventStampRow[]>(
        appendEventSql({
          body,
          when,
          bump: Prisma.sql`last_seq = last_seq + 1`,
          where: Prisma.sql`id = ${generationId}`,
        }),
      )
      if (row === undefined) throw new Error(`no generation ${generationId} to append an event to`)
      return toStampedEvent(row, generationId, body, when)
    },

    enqueue: (job) => enqueue(tx, job),

    async markDeleted(id, expectedVersion, when) {
      const removed = await tx.$executeRaw`
        UPDATE generations
        SET version = version + 1, script = '', metadata = '{}', output = NULL, deleted_at = ${at(when)}
        WHERE id = ${id} AND version = ${expectedVersion}::int AND deleted_at IS NULL`
      return removed === 1
    },
  }
}

function mustBeOne(count: number, what: string, id: string): void {
  if (count !== 1) throw new Error(`no ${what} ${id} to write to`)
}

/** `undefined` leaves a column alone, null empties it. */
function definedClauses(entries: readonly (readonly [unknown, (value: never) => Prisma.Sql])[]): Prisma.Sql[] {
  return entries.filter(([value]) => value !== undefined).map(([value, clause]) => clause(value as never))
}
