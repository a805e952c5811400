/** Which works done may answer an equal request, and the ones that may no longer. */
import type { AnswerSelector } from '../generations/forget-answers.ts'
import { Prisma, type PrismaClient } from './generated/client.ts'

/** As `answerName` makes it. */
const name = Prisma.sql`(making->>'provider' || '_' || left(key, 16))`

/** @returns how many keys it freed */
export function forgetAnswers(db: Pick<PrismaClient, '$executeRaw'>, selector: AnswerSelector): Promise<number> {
  const { user, provider, model, pattern } = selector
  const conditions = [Prisma.sql`state = 'done'`, Prisma.sql`key IS NOT NULL`]
  if (user !== undefined) conditions.push(Prisma.sql`tenant_id = ${user}`)
  if (provider !== undefined) conditions.push(Prisma.sql`making->>'provider' = ${provider}`)
  if (model !== undefined) conditions.push(Prisma.sql`making->>'model' = ${model}`)
  if (selector.name !== undefined) conditions.push(Prisma.sql`${name} = ${selector.name}`)
  if (pattern !== undefined) conditions.push(Prisma.sql`${name} LIKE ${toLike(pattern)}`)
  return db.$executeRaw`UPDATE works SET key = NULL WHERE ${Prisma.join(conditions, ' AND ')}`
}

/** '*' stands for anything, everything else for itself. */
function toLike(pattern: string): string {
  return pattern.replace(/[\\%_]/g, (letter) => `\\${letter}`).replaceAll('*', '%')
}
