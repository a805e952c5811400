import type { Rating, RatingStore } from '../generations/ratings.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'
import { at } from './sql.ts'
import { translate } from './store-errors.ts'

/** Who made it: told by the generation, or, of before it was, by the attempt that succeeded. */
const maker = (column: 'provider' | 'model') => Prisma.sql`COALESCE(g.making->>${column}, (
  SELECT a.${Prisma.raw(column)} FROM attempts a WHERE a.work_id = g.work_id AND a.state = 'succeeded' LIMIT 1), '')`

export function createRatingStore({ prisma }: { readonly prisma: PrismaClient }): RatingStore {
  return {
    async saveRating({ generationId, tenantId, score, comment, ratedAt }) {
      const statement = Prisma.sql`
        INSERT INTO ratings (generation_id, tenant_id, provider, model, score, comment, rated_at)
        SELECT g.id, g.tenant_id, ${maker('provider')}, ${maker('model')}, ${score}::int, ${comment}, ${at(ratedAt)}
        FROM generations g
        WHERE g.id = ${generationId} AND g.tenant_id = ${tenantId} AND g.status = 'completed' AND g.deleted_at IS NULL
        FOR SHARE
        ON CONFLICT (generation_id) DO UPDATE
          SET score = EXCLUDED.score, comment = EXCLUDED.comment, rated_at = EXCLUDED.rated_at
        RETURNING provider, model`
      try {
        const [saved] = await prisma.$queryRaw<Pick<Rating, 'provider' | 'model'>[]>(statement)
        return saved ? { ...saved, generationId, score, comment, ratedAt } : null
      } catch (error) {
        throw translate(error)
      }
    },

    async ratingsOf(tenantId, generationIds) {
      const rows = await prisma.rating.findMany({ where: { tenantId, generationId: { in: [...generationIds] } } })
      return rows.map(({ tenantId: _, ...rating }) => rating)
    },
  }
}
