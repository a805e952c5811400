import type { GenerationStatus, Priority } from '../generations/generation.ts'
import type { GenerationStore, JoinableWork, QueuedWork, Sibling, SlotClaim } from '../generations/ports.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { forgetAnswers } from './forget-answers.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'
import { toAttempt, toCall, toEvent, toGeneration, toPhoto, toWork } from './rows.ts'

/** Newest of how many finished works make the pace. */
const paceSample = 20

export function generationReads(
  prisma: PrismaClient,
): Omit<GenerationStore, 'transaction' | 'appendProgress' | 'tellPlaces' | 'joinDone'> {
  return {
    async findGeneration(tenantId, id) {
      const row = await prisma.generation.findFirst({ where: { id, tenantId, deletedAt: null } })
      return row && toGeneration(row)
    },

    async loadWork(id) {
      const row = await prisma.work.findUnique({ where: { id } })
      return row && toWork(row)
    },

    findJoinable: (tenantId, key) => joinableWork(prisma, tenantId, key),

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

    async listAttempts(workId) {
      const rows = await prisma.attempt.findMany({
        where: { workId },
        orderBy: { ordinal: 'asc' },
        include: { calls: { orderBy: { ordinal: 'asc' } } },
      })
      return rows.map(({ calls, ...attempt }) => ({ ...toAttempt(attempt), calls: calls.map(toCall) }))
    },

    async findPhoto(tenantId, id) {
      const row = await prisma.photo.findFirst({ where: { id, tenantId } })
      return row && toPhoto(row)
    },

    async headsOf(generationIds) {
      const rows = await prisma.generation.findMany({
        where: { id: { in: [...generationIds] }, deletedAt: null },
        select: { id: true, lastSeq: true, status: true },
      })
      return new Map(rows.map(({ id, lastSeq, status }) => [id, { lastSeq, status: status as GenerationStatus }]))
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
          SELECT extract(epoch FROM w.finished_at - w.started_at) AS seconds_taken,
                 (w.output->>'seconds')::numeric AS video_seconds
          FROM works w
          WHERE w.quality = ${quality} AND w.state = 'done' AND w.started_at IS NOT NULL AND (w.output->>'seconds')::numeric > 0
            AND EXISTS (SELECT 1 FROM attempts a WHERE a.work_id = w.id AND a.state = 'succeeded' AND a.provider = ${provider})
          ORDER BY w.finished_at DESC, w.id DESC LIMIT ${paceSample}::int
        ) recent`
      return row?.pace ?? null
    },

    queuedWorks: () => queuedWorks(prisma),

    forgetAnswers: (selector) => forgetAnswers(prisma, selector),

    async forgetWebhookDeliveries(before) {
      await prisma.webhookDelivery.deleteMany({ where: { receivedAt: { lt: before } } })
    },

    slotsOf: (provider) => slotsOf(prisma, provider),

    async providersWaitedFor() {
      const rows = await prisma.attempt.findMany({
        where: { state: 'open', slot: 'waiting' },
        select: { provider: true },
        distinct: ['provider'],
      })
      return rows.map(({ provider }) => provider)
    },

    async findReusable(tenantId, reuseKey) {
      const row = await prisma.call.findFirst({
        where: {
          tenantId,
          reuseKey,
          state: 'completed',
          attempt: { work: { generations: { some: { deletedAt: null } } } },
        },
        orderBy: { finishedAt: 'desc' },
      })
      return row && toCall(row)
    },

    async findCall(provider, providerJobId) {
      const row = await prisma.call.findFirst({
        where: { providerJobId, attempt: { provider } },
        include: { attempt: { include: { work: true } } },
        orderBy: { startedAt: 'desc' },
      })
      if (!row) return null
      const { attempt, ...call } = row
      const { work, ...rest } = attempt
      return { call: toCall(call), attempt: toAttempt(rest), work: toWork(work) }
    },
  }
}

/** The order in which pg-boss takes them: by priority, then by age. */
export async function queuedWorks(db: Pick<PrismaClient, 'work'>): Promise<readonly QueuedWork[]> {
  const rows = await db.work.findMany({
    where: { state: 'open', runsHere: true },
    select: {
      id: true,
      createdAt: true,
      startedAt: true,
      progress: true,
      settings: true,
      estimateProcessingSeconds: true,
    },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  const works = rows.map(({ id, createdAt, startedAt, progress, settings, estimateProcessingSeconds }) => ({
    id,
    createdAt,
    priority: (settings as { priority: Priority }).priority,
    isRunning: startedAt !== null,
    secondsLeft: estimateProcessingSeconds * (1 - progress / 100),
  }))
  const rank = { high: 0, normal: 1, low: 2 }
  return works.sort((a, b) => rank[a.priority] - rank[b.priority])
}

/** Who has and who waits for a slot of the provider. */
export async function slotsOf(db: Pick<PrismaClient, 'attempt'>, provider: string): Promise<readonly SlotClaim[]> {
  const rows = await db.attempt.findMany({
    where: { provider, state: 'open', slot: { not: null } },
    select: {
      id: true,
      workId: true,
      tenantId: true,
      slot: true,
      slotAt: true,
      createdAt: true,
      work: { select: { version: true, settings: true, runsHere: true, estimateProcessingSeconds: true } },
    },
  })
  const served = await db.attempt.groupBy({
    by: ['tenantId'],
    where: {
      provider,
      tenantId: { in: [...new Set(rows.map(({ tenantId }) => tenantId))] },
      OR: [{ slot: null }, { slot: 'held' }],
    },
    _max: { slotAt: true },
  })
  const servedAt = new Map(served.map(({ tenantId, _max }) => [tenantId, _max.slotAt]))
  return rows.map(({ id, workId, tenantId, slot, slotAt, createdAt, work }) => ({
    attemptId: id,
    workId,
    version: work.version,
    tenantId,
    priority: (work.settings as { priority: Priority }).priority,
    runsHere: work.runsHere,
    slot: slot as SlotClaim['slot'],
    since: slotAt ?? createdAt,
    servedAt: servedAt.get(tenantId) ?? null,
    expectedSeconds: work.estimateProcessingSeconds,
  }))
}

/** @param hold keeps the work's row locked until the transaction of `db` ends */
export async function joinableWork(
  db: Pick<PrismaClient, '$queryRaw'>,
  tenantId: string,
  key: string,
  hold = Prisma.empty,
): Promise<JoinableWork | null> {
  const [found] = await db.$queryRaw<(Record<string, unknown> & { sibling: Sibling })[]>`
    SELECT w.*, (
      SELECT jsonb_build_object('photoId', g.photo_id, 'adjusted', g.adjusted, 'queue', g.queue) FROM generations g
      WHERE g.work_id = w.id AND g.deleted_at IS NULL ORDER BY g.created_at, g.id LIMIT 1
    ) AS sibling
    FROM works w WHERE w.tenant_id = ${tenantId} AND w.key = ${key} ${hold}`
  if (!found) return null
  const { sibling, ...row } = found
  return { work: toWork(camelKeys(row)), sibling }
}

/** A row of a raw query as Prisma's own reads would give it. */
function camelKeys<T>(row: Readonly<Record<string, unknown>>): T {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [camel(name), value])) as T
}
