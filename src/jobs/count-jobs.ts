import type { PgBoss } from 'pg-boss'
import type { Lane } from '../generations/ports.ts'
import { lanes, queueOf } from './queues.ts'

export interface LaneCounts {
  /** Could start now. */
  readonly waiting: number
  /** To start later: delayed, or between two tries. */
  readonly delayed: number
  readonly active: number
}

/** Counted in the table: pg-boss's own statistics are up to a minute old. */
export async function countJobs(boss: PgBoss): Promise<Readonly<Record<Lane, LaneCounts>>> {
  const { rows } = await boss.getDb().executeSql(
    `SELECT name,
       count(*) FILTER (WHERE state < 'active' AND start_after <= now())::int AS waiting,
       count(*) FILTER (WHERE state < 'active' AND start_after > now())::int AS delayed,
       count(*) FILTER (WHERE state = 'active')::int AS active
     FROM pgboss.job WHERE name = ANY($1) AND state <= 'active' GROUP BY name`,
    [lanes.map(queueOf)],
  )
  const found = new Map((rows as (LaneCounts & { name: string })[]).map(({ name, ...counts }) => [name, counts]))
  const none: LaneCounts = { waiting: 0, delayed: 0, active: 0 }
  return { quick: found.get(queueOf('quick')) ?? none, render: found.get(queueOf('render')) ?? none }
}
