import type { Generation } from '../generations/generation.ts'
import type { GenerationChanges } from '../generations/ports.ts'
import { Prisma } from './generated/client.ts'
import { at, jsonb } from './sql.ts'

type Column = readonly [name: string, value: Prisma.Sql]

const value = (input: string | number | null): Prisma.Sql => Prisma.sql`${input}`
const whole = (input: number): Prisma.Sql => Prisma.sql`${input}::int`
const real = (input: number): Prisma.Sql => Prisma.sql`${input}::float8`
// As text: micros may be beyond what a driver sends as a 32-bit integer.
const micros = (input: number | null): Prisma.Sql => Prisma.sql`${input === null ? null : String(input)}::bigint`

/** Every column of a new row. */
export function generationColumns(generation: Generation): readonly Column[] {
  const { estimate, cost } = generation
  return [
    ['id', value(generation.id)],
    ['tenant_id', value(generation.tenantId)],
    ['photo_id', value(generation.photoId)],
    ['photo_sha256', value(generation.photoSha256)],
    ['face', whole(generation.face)],
    ['script', value(generation.script)],
    ['settings', jsonb(generation.settings)],
    ['quality', value(generation.settings.quality)],
    ['metadata', jsonb(generation.metadata)],
    ['adjusted', jsonb(generation.adjusted)],
    ...estimateColumns(estimate),
    ['status', value(generation.status)],
    ['step', value(generation.step)],
    ['progress', real(generation.progress)],
    ['version', whole(generation.version)],
    ['last_seq', whole(generation.lastSeq)],
    ['request_id', value(generation.requestId)],
    ['created_at', at(generation.createdAt)],
    ['started_at', at(generation.startedAt)],
    ['finished_at', at(generation.finishedAt)],
    ['deadline_at', at(generation.deadlineAt)],
    ['failure', jsonb(generation.failure)],
    ['output', jsonb(generation.output)],
    ...costColumns(cost),
    ['route_trace', jsonb(generation.routeTrace)],
  ]
}

/** `name = value` for the changes that are there. Progress is only raised. */
export function setClauses(changes: GenerationChanges): readonly Prisma.Sql[] {
  const columns: Column[] = []
  if (changes.status !== undefined) columns.push(['status', value(changes.status)])
  if (changes.step !== undefined) columns.push(['step', value(changes.step)])
  if (changes.progress !== undefined) columns.push(['progress', raised(changes.progress)])
  if (changes.startedAt !== undefined) columns.push(['started_at', at(changes.startedAt)])
  if (changes.finishedAt !== undefined) columns.push(['finished_at', at(changes.finishedAt)])
  if (changes.failure !== undefined) columns.push(['failure', jsonb(changes.failure)])
  if (changes.output !== undefined) columns.push(['output', jsonb(changes.output)])
  if (changes.cost !== undefined) columns.push(...costColumns(changes.cost))
  if (changes.routeTrace !== undefined) columns.push(['route_trace', jsonb(changes.routeTrace)])
  if (changes.adjusted !== undefined) columns.push(['adjusted', jsonb(changes.adjusted)])
  if (changes.estimate !== undefined) columns.push(...estimateColumns(changes.estimate))
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
