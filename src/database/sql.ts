/** Values for raw statements, with their types said: the two drivers guess differently. */
import { Prisma, type PrismaClient } from './generated/client.ts'

/** A Prisma transaction client: what `prisma.$transaction(async (tx) => ...)` hands out. Opaque outside of this room. */
export type DatabaseTransaction = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

export function at(date: Date | null): Prisma.Sql {
  return Prisma.sql`${date === null ? null : date.toISOString()}::timestamptz`
}

/** SQL NULL for null and undefined, never JSON's own null. */
export function jsonb(value: unknown): Prisma.Sql {
  return Prisma.sql`${value === null || value === undefined ? null : JSON.stringify(value)}::jsonb`
}
