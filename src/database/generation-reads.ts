import type { GenerationStore } from '../generations/ports.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { PrismaClient } from './generated/client.ts'
import { toAttempt, toCall, toEvent, toGeneration, toPhoto } from './rows.ts'

/** Newest of how many finished generations make the pace. */
const paceSample = 20

export function generationReads(prisma: PrismaClient): Omit<GenerationStore, 'transaction' | 'appendProgress'> {
  return {
    async findGeneration(tenantId, id) {
      const row = await prisma.generation.findFirst({ where: { id, tenantId, deletedAt: null } })
      return row && toGeneration(row)
    },

    async loadGeneration(id) {
      const row = await prisma.generation.findFirst({ where: { id, deletedAt: null } })
      return row && toGeneration(row)
    },

    async listGenerations(tenantId, { limit, cursor, status }) {
      const after = cursor === undefined ? undefined : decodeCursor(cursor)
      const rows = await prisma.generation.findMany({
        where: {
          tenantId,
          deletedAt: null,
          ...(status === undefined ? {} : { status }),
          ...(after === undefined
            ? {}
            : {
                // The first bound is implied by the second; it lets the index start at the place.
                createdAt: { lte: after.createdAt },
                OR: [{ createdAt: { lt: after.createdAt } }, { id: { lt: after.id } }],
              }),
        },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
        take: limit + 1,
      })
      const items = rows.slice(0, limit).map(toGeneration)
      const last = items.at(-1)
      return { items, nextCursor: rows.length > limit && last ? encodeCursor(last) : null }
    },

    async listAttempts(generationId) {
      const rows = await prisma.attempt.findMany({
        where: { generationId },
        orderBy: { ordinal: 'asc' },
        include: { calls: { orderBy: { ordinal: 'asc' } } },
      })
      return rows.map(({ calls, ...attempt }) => ({ ...toAttempt(attempt), calls: calls.map(toCall) }))
    },

    async findPhoto(tenantId, id) {
      const row = await prisma.photo.findFirst({ where: { id, tenantId } })
      return row && toPhoto(row)
    },

    async eventsAfter(generationId, after, limit) {
      const rows = await prisma.event.findMany({
        where: { generationId, seq: { gt: after } },
        orderBy: { seq: 'asc' },
        take: limit,
      })
      return rows.map(toEvent)
    },

    async recentPace(provider, quality) {
      const [row] = await prisma.$queryRaw<{ pace: number | null }[]>`
        SELECT avg(seconds_taken / video_seconds)::float8 AS pace FROM (
          SELECT extract(epoch FROM g.finished_at - g.started_at) AS seconds_taken,
                 (g.output->>'seconds')::numeric AS video_seconds
          FROM generations g
          WHERE g.quality = ${quality} AND g.status = 'completed' AND g.deleted_at IS NULL
            AND g.started_at IS NOT NULL AND (g.output->>'seconds')::numeric > 0
            AND EXISTS (SELECT 1 FROM attempts a
                        WHERE a.generation_id = g.id AND a.state = 'succeeded' AND a.provider = ${provider})
          ORDER BY g.finished_at DESC, g.id DESC LIMIT ${paceSample}::int
        ) recent`
      return row?.pace ?? null
    },
  }
}
