import type { GenerationStore } from '../generations/ports.ts'
import { appendCtes, insertWithLogSql } from './event-sql.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'
import { generationReads } from './generation-reads.ts'
import { generationColumns, raised } from './generation-sql.ts'
import { type Enqueue, generationTransaction, names, values } from './generation-transaction.ts'
import { at, jsonb } from './sql.ts'
import { isConflict, sqlStateOf, translate } from './store-errors.ts'

/** How often a transaction that the server rolled back for a conflict with another is run again. */
const conflictRetries = 4

/**
 * The heart's store on Prisma. `enqueue` writes the job inside the same transaction (the jobs room has it).
 * `transaction` may run its work again after a deadlock or serialization failure, so the work must do nothing outside.
 */
export function createGenerationStore(
  db: { readonly prisma: PrismaClient },
  parts: { readonly enqueue: Enqueue },
): GenerationStore {
  const { prisma } = db
  return {
    ...generationReads(prisma),

    async transaction(work) {
      for (let left = conflictRetries; ; left -= 1) {
        try {
          return await prisma.$transaction((tx) => work(generationTransaction(tx, parts.enqueue)))
        } catch (error) {
          if (left > 0 && isConflict(error)) continue
          throw translate(error)
        }
      }
    },

    async joinDone(generation, log, consent) {
      const columns = generationColumns(generation)
      const insert = Prisma.sql`INSERT INTO generations (${names(columns)}) SELECT ${values(columns)} FROM done`
      // A shared lock: it stands in the way of whoever would retire the work, and of nobody else who joins it.
      const before = Prisma.sql`done AS (
        SELECT id FROM works WHERE id = ${generation.workId} AND state = 'done' AND key IS NOT NULL FOR SHARE),`
      const after = consent
        ? Prisma.sql`, consented AS (
            INSERT INTO consents (id, tenant_id, photo_sha256, generation_id, request_id, granted_at)
            SELECT ${consent.id}, ${consent.tenantId}, ${consent.photoSha256}, stamped.id, ${consent.requestId},
                   ${at(consent.grantedAt)} FROM stamped)`
        : Prisma.empty
      try {
        const statement = insertWithLogSql(insert, log, generation.createdAt, { before, after })
        const [told] = await prisma.$queryRaw<{ count: number }[]>(statement)
        return told?.count === log.length
      } catch (error) {
        // The photo that it would have shared went with another generation.
        if (sqlStateOf(error) === '23503') return false
        throw translate(error)
      }
    },

    async appendProgress(workId, version, progress, body, when) {
      const [row] = await prisma.$queryRaw<{ goes_on: boolean }[]>`
        WITH work AS (
          UPDATE works SET progress = ${raised(progress)}
          WHERE id = ${workId} AND version = ${version}::int AND state = 'open' RETURNING id, progress
        ), stamped AS (
          UPDATE generations SET last_seq = last_seq + 1, progress = GREATEST(generations.progress, work.progress)
          FROM work WHERE work_id = work.id AND status = 'processing' AND deleted_at IS NULL
          RETURNING generations.id, tenant_id, work_id, last_seq, status, generations.progress
        ), ${appendCtes(jsonb(body), when)}
        SELECT EXISTS (SELECT 1 FROM work) AS goes_on, (SELECT count(*) FROM told)::int AS told`
      return row?.goes_on === true
    },

    async tellPlaces(places, when) {
      if (places.length === 0) return
      const rows = places.map(({ workId, queue }) => Prisma.sql`(${workId}, ${jsonb(queue)})`)
      // Rows that a step holds right now are told the next time; the order keeps two tellers from blocking each other.
      await prisma.$queryRaw`
        WITH place (work_id, queue) AS (VALUES ${Prisma.join(rows)}), held AS (
          SELECT g.id, place.queue FROM generations g JOIN place ON place.work_id = g.work_id
          WHERE g.status = 'queued' AND g.deleted_at IS NULL AND g.queue->'ahead' IS DISTINCT FROM place.queue->'ahead'
          ORDER BY g.id FOR UPDATE OF g SKIP LOCKED
        ), stamped AS (
          UPDATE generations SET last_seq = last_seq + 1, queue = held.queue FROM held WHERE generations.id = held.id
          RETURNING generations.id, tenant_id, work_id, last_seq, status, progress, generations.queue
        ), ${appendCtes(Prisma.sql`jsonb_build_object('type', 'waiting', 'queue', queue)`, when)}
        SELECT count(*)::int AS count FROM told`
    },
  }
}
