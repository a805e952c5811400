import type { Output } from '../generations/generation.ts'
import type { PrismaClient } from './generated/client.ts'
import { Prisma } from './generated/client.ts'

const pageSize = 500

/**
 * Every media key that a photo or a live generation refers to, in pages by id, so memory stays flat. A row inserted
 * while it runs may be missed: whoever removes what is not named here must spare young files.
 */
export async function* listMediaKeys(prisma: PrismaClient): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const page = await prisma.photo.findMany({
      where: { id: { gt: after } },
      select: { id: true, mediaKey: true },
      orderBy: { id: 'asc' },
      take: pageSize,
    })
    for (const { mediaKey } of page) yield mediaKey
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) break
    after = last.id
  }
  for (let after = ''; ; ) {
    const page = await prisma.generation.findMany({
      where: { id: { gt: after }, deletedAt: null, output: { not: Prisma.AnyNull } },
      select: { id: true, output: true },
      orderBy: { id: 'asc' },
      take: pageSize,
    })
    for (const { output } of page) {
      const { videoKey, thumbnailKey } = output as unknown as Output
      yield videoKey
      yield thumbnailKey
    }
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) break
    after = last.id
  }
}
