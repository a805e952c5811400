import type { GenerationStore } from '../generations/ports.ts'
import { appendEventSql, type EventStampRow, toStampedEvent } from './event-sql.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'
import { generationReads } from './generation-reads.ts'
import { raised } from './generation-sql.ts'
import { type Enqueue, generationTransaction } from './generation-transaction.ts'
import { isConflict, translate } from './store-errors.ts'

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

    async appendProgress(id, version, progress, body, when) {
      const [row] = await prisma.$queryRaw<EventStampRow[]>(
        appendEventSql({
          body,
          when,
          bump: Prisma.sql`last_seq = last_seq + 1, progress = ${raised(progress)}`,
          where: Prisma.sql`id = ${id} AND version = ${version}::int AND status = 'processing' AND deleted_at IS NULL`,
        }),
      )
      return row === undefined ? null : toStampedEvent(row, id, body, when)
    },
  }
}
