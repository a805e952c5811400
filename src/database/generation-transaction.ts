/** The writes of one decision of the heart, each a single statement on the transaction's own handle. */
import { Failure } from '../errors.ts'
import type { EventBody } from '../generations/event.ts'
import type { Money } from '../generations/generation.ts'
import type { AdvanceJob, EndedAttempt, GenerationTransaction } from '../generations/ports.ts'
import { appendEventsSql, insertWithLogSql } from './event-sql.ts'
import { Prisma } from './generated/client.ts'
import { joinableWork, queuedWorks, slotsOf } from './generation-reads.ts'
import { type Column, generationColumns, micros, setGeneration, setWork, workColumns } from './generation-sql.ts'
import { toGeneration, toWork } from './rows.ts'
import { at, type DatabaseTransaction, jsonb } from './sql.ts'
import { sqlStateOf } from './store-errors.ts'

/** Held by whoever gives out a place in the queue, until it is taken. */
const queueLock = 7_401_530_921
/** Held, with the provider's name, by whoever gives out its slots. */
const slotLock = 740_153

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
        AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.photo_id = p.id AND g.deleted_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM works w WHERE w.photo_id = p.id AND w.state = 'open')`
      return removed === 1
    },

    async insertConsent(consent) {
      await tx.$executeRaw`
        INSERT INTO consents (id, tenant_id, photo_sha256, generation_id, request_id, granted_at)
        VALUES (${consent.id}, ${consent.tenantId}, ${consent.photoSha256}, ${consent.generationId},
                ${consent.requestId}, ${at(consent.grantedAt)})`
    },

    async queuedWorks() {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(${queueLock}::bigint)::text`
      return queuedWorks(tx)
    },

    async insertWork(work) {
      const columns = workColumns(work)
      const inserted = await tx.$executeRaw`INSERT INTO works (${names(columns)}) VALUES (${values(columns)})
        ON CONFLICT (tenant_id, key) DO NOTHING`.catch(photoMustExist)
      return inserted === 1
    },

    joinableWork: (tenantId, key) => joinableWork(tx, tenantId, key, Prisma.sql`FOR UPDATE OF w`),

    async lockWork(id) {
      await tx.$queryRaw`SELECT id FROM works WHERE id = ${id} FOR UPDATE`
      return toWork(await tx.work.findUniqueOrThrow({ where: { id } }))
    },

    async updateWork(id, expectedVersion, changes) {
      const moved = await tx.$executeRaw`
        UPDATE works SET ${Prisma.join([Prisma.sql`version = version + 1`, ...setWork(changes)])}
        WHERE id = ${id} AND version = ${expectedVersion}::int AND state = 'open'`
      if (moved !== 1) return null
      // The row is ours until commit: nobody can have changed it between the two statements.
      return toWork(await tx.work.findUniqueOrThrow({ where: { id } }))
    },

    async beginWork(id, version, startedAt) {
      const begun = await tx.$executeRaw`
        UPDATE works SET started_at = COALESCE(started_at, ${at(startedAt)}), progress = GREATEST(progress, 1)
        WHERE id = ${id} AND version = ${version}::int AND state = 'open'`
      return begun === 1 ? toWork(await tx.work.findUniqueOrThrow({ where: { id } })) : null
    },

    async extendWork(id, deadlineAt) {
      await tx.$executeRaw`UPDATE works SET deadline_at = GREATEST(deadline_at, ${at(deadlineAt)}) WHERE id = ${id}`
    },

    async freeKey(id) {
      await tx.$executeRaw`UPDATE works SET key = NULL WHERE id = ${id}`
    },

    async retireWork(id) {
      await tx.$executeRaw`UPDATE works SET key = NULL, output = NULL, script = '' WHERE id = ${id} AND state <> 'open'`
    },

    async insertGeneration(generation, log) {
      const columns = generationColumns(generation)
      const insert = Prisma.sql`INSERT INTO generations (${names(columns)}) VALUES (${values(columns)})`
      const statement = log.length === 0 ? insert : insertWithLogSql(insert, log, generation.createdAt)
      await tx.$queryRaw(statement).catch(photoMustExist)
    },

    async generationsOf(workId) {
      const rows = await tx.generation.findMany({
        where: { workId, deletedAt: null },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(toGeneration)
    },

    async updateGenerations(ids, changes) {
      const clauses = setGeneration(changes)
      if (ids.length === 0 || clauses.length === 0) return
      await tx.$executeRaw`UPDATE generations SET ${Prisma.join([...clauses])}
        WHERE id IN (${Prisma.join([...ids])}) AND status IN ('queued', 'processing') AND deleted_at IS NULL`
    },

    async insertAttempt(attempt) {
      const inserted = await tx.$executeRaw`
        INSERT INTO attempts (id, tenant_id, work_id, ordinal, provider, model, state, failure, sent_seconds,
          estimate_micros, estimate_currency, cost_micros, cost_currency, cost_bearer, slot, slot_at, created_at, finished_at)
        SELECT ${attempt.id}, tenant_id, id, ${attempt.ordinal}::int, ${attempt.provider}, ${attempt.model}, ${attempt.state},
               ${jsonb(attempt.failure)}, ${attempt.sentSeconds}::float8, ${micros(attempt.estimate?.micros ?? null)},
               ${attempt.estimate?.currency ?? null}, ${micros(attempt.cost?.micros ?? null)},
               ${attempt.cost?.currency ?? null}, ${attempt.costBearer}, ${attempt.slot}, ${at(attempt.slotAt)},
               ${at(attempt.createdAt)}, ${at(attempt.finishedAt)}
        FROM works WHERE id = ${attempt.workId}`
      mustBeOne(inserted, 'work', attempt.workId)
    },

    async endAttempt(workId, { state, failure, finishedAt, cost = null, costBearer = null }) {
      const [ended] = await tx.$queryRaw<
        EndedAttempt[]
      >`UPDATE attempts SET state = ${state}, failure = ${jsonb(failure)}, finished_at = ${at(finishedAt)},
        cost_micros = ${micros(cost?.micros ?? null)}, cost_currency = ${cost?.currency ?? null},
        cost_bearer = ${costBearer}, slot = NULL,
        -- Kept only of a slot that it had: it says when its tenant was last served.
        slot_at = CASE WHEN slot = 'waiting' THEN NULL ELSE slot_at END
        WHERE work_id = ${workId} AND state = 'open' RETURNING provider, model`
      return ended ?? null
    },

    async reopenAttempt(id) {
      const opened = await tx.$executeRaw`UPDATE attempts SET state = 'open', failure = NULL, finished_at = NULL
        WHERE id = ${id} AND state IN ('expired', 'unknown')`
      mustBeOne(opened, 'given up attempt', id)
    },

    async settleAttempt(id, cost, bearer) {
      await tx.$executeRaw`UPDATE attempts SET cost_micros = ${micros(cost.micros)}, cost_currency = ${cost.currency},
        cost_bearer = ${bearer} WHERE id = ${id} AND state <> 'open'`
    },

    async slotsOf(provider) {
      await tx.$queryRaw`SELECT pg_advisory_xact_lock(${slotLock}::int, hashtext(${provider}))::text`
      return slotsOf(tx, provider)
    },

    async markSlot(attemptId, slot, when) {
      const marked = await tx.$executeRaw`UPDATE attempts SET slot = ${slot}, slot_at = ${at(when)}
        WHERE id = ${attemptId} AND state = 'open'`
      mustBeOne(marked, 'open attempt', attemptId)
    },

    async insertWebhookDelivery(provider, eventId, receivedAt) {
      const inserted = await tx.$executeRaw`INSERT INTO webhook_deliveries (provider, event_id, received_at)
        VALUES (${provider}, ${eventId}, ${at(receivedAt)}) ON CONFLICT DO NOTHING`
      return inserted === 1
    },

    async insertCall(call) {
      const inserted = await tx.$executeRaw`
        INSERT INTO calls (id, tenant_id, attempt_id, ordinal, name, state, operation, outputs, provider_request_id,
          provider_job_id, sends, fetches, deadline_at, metrics, reported_micros, reported_currency, started_at, finished_at,
          maker, provider, model, keeps, reuse_key, failure, estimate_micros, estimate_currency)
        SELECT ${call.id}, tenant_id, id, ${call.ordinal}::int, ${call.name}, ${call.state}, ${jsonb(call.operation)},
               ${jsonb(call.outputs)}, ${call.providerRequestId}, ${call.providerJobId}, ${call.sends}::int, ${call.fetches}::int,
               ${at(call.deadlineAt)}, ${jsonb(call.metrics)}, ${micros(call.reportedCost?.micros ?? null)},
               ${call.reportedCost?.currency ?? null}, ${at(call.startedAt)}, ${at(call.finishedAt)},
               ${call.maker}, ${call.provider}, ${call.model}, ${jsonb(call.keeps)}, ${call.reuseKey}, ${jsonb(call.failure)},
               ${micros(call.estimate?.micros ?? null)}, ${call.estimate?.currency ?? null}
        FROM attempts WHERE id = ${call.attemptId}`
      mustBeOne(inserted, 'attempt', call.attemptId)
    },

    async updateCall(id, changes) {
      const clauses = definedClauses([
        [changes.state, (value) => Prisma.sql`state = ${value}`],
        [changes.operation, (value) => Prisma.sql`operation = ${jsonb(value)}`],
        [changes.outputs, (value) => Prisma.sql`outputs = ${jsonb(value)}`],
        [changes.providerRequestId, (value) => Prisma.sql`provider_request_id = ${value}`],
        [changes.providerJobId, (value) => Prisma.sql`provider_job_id = ${value}`],
        [changes.sends, (value) => Prisma.sql`sends = ${value}::int`],
        [changes.fetches, (value) => Prisma.sql`fetches = ${value}::int`],
        [changes.deadlineAt, (value) => Prisma.sql`deadline_at = ${at(value as Date)}`],
        [changes.metrics, (value) => Prisma.sql`metrics = ${jsonb(value)}`],
        [changes.reportedCost, (value: Money | null) => Prisma.sql`reported_micros = ${micros(value?.micros ?? null)}`],
        [changes.reportedCost, (value: Money | null) => Prisma.sql`reported_currency = ${value?.currency ?? null}`],
        [changes.keeps, (value) => Prisma.sql`keeps = ${jsonb(value)}`],
        [changes.failure, (value) => Prisma.sql`failure = ${jsonb(value)}`],
        [changes.estimate, (value: Money | null) => Prisma.sql`estimate_micros = ${micros(value?.micros ?? null)}`],
        [changes.estimate, (value: Money | null) => Prisma.sql`estimate_currency = ${value?.currency ?? null}`],
        [changes.finishedAt, (value) => Prisma.sql`finished_at = ${at(value as Date | null)}`],
      ])
      if (clauses.length === 0) return
      mustBeOne(await tx.$executeRaw`UPDATE calls SET ${Prisma.join(clauses)} WHERE id = ${id}`, 'call', id)
    },

    async appendEvents(generationIds: readonly string[], body: EventBody, when: Date) {
      if (generationIds.length === 0) return
      const [told] = await tx.$queryRaw<{ count: number }[]>(appendEventsSql(generationIds, body, when))
      if (told?.count !== generationIds.length) throw new Error(`no generation to append to among ${generationIds}`)
    },

    enqueue: (job) => enqueue(tx, job),

    async markDeleted(id, when) {
      const removed = await tx.$executeRaw`
        UPDATE generations SET script = '', metadata = '{}', output = NULL, deleted_at = ${at(when)}
        WHERE id = ${id} AND status NOT IN ('queued', 'processing') AND deleted_at IS NULL`
      // The number stays, for figures; the words go with the video.
      if (removed === 1) await tx.$executeRaw`UPDATE ratings SET comment = NULL WHERE generation_id = ${id}`
      return removed === 1
    },
  }
}

export const names = (columns: readonly Column[]) => Prisma.join(columns.map(([name]) => Prisma.raw(name)))
export const values = (columns: readonly Column[]) => Prisma.join(columns.map(([, value]) => value))

export function photoMustExist(error: unknown): never {
  if (sqlStateOf(error) !== '23503') throw error
  throw new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'photo-not-found',
    message: 'The photo does not exist any more.',
    hint: 'Upload it again.',
    cause: error,
  })
}

function mustBeOne(count: number, what: string, id: string): void {
  if (count !== 1) throw new Error(`no ${what} ${id} to write to`)
}

/** `undefined` leaves a column alone, null empties it. */
function definedClauses(entries: readonly (readonly [unknown, (value: never) => Prisma.Sql])[]): Prisma.Sql[] {
  return entries.filter(([value]) => value !== undefined).map(([value, clause]) => clause(value as never))
}
