/** The columns of works and generations, as they are inserted and changed. */
import type { Generation } from '../generations/generation.ts'
import type { GenerationChanges, WorkChanges } from '../generations/ports.ts'
import type { Work } from '../generations/work.ts'
import { Prisma } from './generated/client.ts'
import { at, jsonb } from './sql.ts'

export type Column = readonly [name: string, value: Prisma.Sql]

const value = (input: string | number | null): Prisma.Sql => Prisma.sql`${input}`
const whole = (input: number): Prisma.Sql => Prisma.sql`${input}::int`
const real = (input: number): Prisma.Sql => Prisma.sql`${input}::float8`
// As text: micros may be beyond what a driver sends as a 32-bit integer.
export const micros = (input: number | null): Prisma.Sql => Prisma.sql`${input === null ? null : String(input)}::bigint`

/** What a work and its generation have in common. */
function commonColumns(row: Work | Generation): readonly Column[] {
  return [
    ['id', value(row.id)],
    ['tenant_id', value(row.tenantId)],
    ['photo_id', value(row.photoId)],
    ['photo_sha256', value(row.photoSha256)],
    ['face', whole(row.face)],
    ['script', value(row.script)],
    ['settings', jsonb(row.settings)],
    ...estimateColumns(row.estimate),
    ['step', value(row.step)],
    ['progress', real(row.progress)],
    ['request_id', value(row.requestId)],
    ['created_at', at(row.createdAt)],
    ['started_at', at(row.startedAt)],
    ['finished_at', at(row.finishedAt)],
    ['deadline_at', at(row.deadlineAt)],
    ['output', jsonb(row.output)],
    ['making', jsonb(row.making)],
    ['route_trace', jsonb(row.routeTrace)],
  ]
}

/** Every column of a new generation. */
export function generationColumns(generation: Generation): readonly Column[] {
  return [
    ...commonColumns(generation),
    ['work_id', value(generation.workId)],
    ['origin', value(generation.origin)],
    ['metadata', jsonb(generation.metadata)],
    ['adjusted', jsonb(generation.adjusted)],
    ['status', value(generation.status)],
    ['queue', jsonb(generation.queue)],
    ['last_seq', whole(generation.lastSeq)],
    ['failure', jsonb(generation.failure)],
    ...costColumns(generation.cost),
  ]
}

/** Every column of a new work. */
export function workColumns(work: Work): readonly Column[] {
  return [
    ...commonColumns(work),
    ['key', value(work.key)],
    ['quality', value(work.settings.quality)],
    ['runs_here', Prisma.sql`${work.runsHere}`],
    ['state', value(work.state)],
    ['version', whole(work.version)],
  ]
}

/** `name = value` for the changes that are there. Progress is only raised. */
export function setGeneration(changes: GenerationChanges): readonly Prisma.Sql[] {
  const columns: Column[] = [...commonChanges(changes)]
  if (changes.status !== undefined) columns.push(['status', value(changes.status)])
  // Who joined later did not wait from before it was there.
  if (changes.startedAt === null) columns.push(['started_at', at(null)])
  else if (changes.startedAt) columns.push(['started_at', Prisma.sql`GREATEST(created_at, ${at(changes.startedAt)})`])
  if (changes.queue !== undefined) columns.push(['queue', jsonb(changes.queue)])
  if (changes.adjusted !== undefined) columns.push(['adjusted', jsonb(changes.adjusted)])
  if (changes.failure !== undefined) columns.push(['failure', jsonb(changes.failure)])
  if (changes.cost !== undefined) columns.push(...costColumns(changes.cost))
  return toClauses(columns)
}

export function setWork(changes: WorkChanges): readonly Prisma.Sql[] {
  const columns: Column[] = [...commonChanges(changes)]
  if (changes.key !== undefined) columns.push(['key', value(changes.key)])
  if (changes.state !== undefined) columns.push(['state', value(changes.state)])
  if (changes.runsHere !== undefined) columns.push(['runs_here', Prisma.sql`${changes.runsHere}`])
  return toClauses(columns)
}

function commonChanges(changes: WorkChanges | GenerationChanges): readonly Column[] {
  const columns: Column[] = []
  if (changes.step !== undefined) columns.push(['step', value(changes.step)])
  if (changes.progress !== undefined) columns.push(['progress', raised(changes.progress)])
  if (changes.finishedAt !== undefined) columns.push(['finished_at', at(changes.finishedAt)])
  if (changes.output !== undefined) columns.push(['output', jsonb(changes.output)])
  if (changes.making !== undefined) columns.push(['making', jsonb(changes.making)])
  if (changes.routeTrace !== undefined) columns.push(['route_trace', jsonb(changes.routeTrace)])
  if (changes.estimate !== undefined) columns.push(...estimateColumns(changes.estimate))
  return columns
}

function toClauses(columns: readonly Column[]): readonly Prisma.Sql[] {
  return columns.map(([name, to]) => Prisma.sql`${Prisma.raw(name)} = ${to}`)
}

export function raised(progress: number): Prisma.Sql {
  return Prisma.sql`GREATEST(progress, ${progress}::float8)`
}

function estimateColumns(estimate: Generation['estimate']): readonly Column[] {
  return [
    ['estimate_video_seconds', real(estimate.videoSeconds)],
    ['estimate_processing_seconds', real(estimate.processingSeconds)],
    ['estimate_cost_micros', micros(estimate.cost.micros)],
    ['estimate_cost_currency', value(estimate.cost.currency)],
  ]
}

function costColumns(cost: Generation['cost']): readonly Column[] {
  return [
    ['cost_micros', micros(cost?.micros ?? null)],
    ['cost_currency', value(cost?.currency ?? null)],
  ]
}
