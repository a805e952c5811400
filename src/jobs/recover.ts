import type { PgBoss } from 'pg-boss'
import { deadQueue, lanes, queueOf } from './queues.ts'

/**
 * Fails every active job, which schedules its next try (or buries it after the last), and lets that try start now:
 * whoever waits for the generation has just waited for a restart. The try counts, so that a job which kills its
 * process does not do so for ever.
 */
export async function failOrphans(boss: PgBoss): Promise<number> {
  let count = 0
  for (const queue of [...lanes.map(queueOf), deadQueue]) {
    const { rows } = await boss
      .getDb()
      .executeSql(`SELECT id FROM pgboss.job WHERE name = $1 AND state = 'active'`, [queue])
    for (const { id } of rows as { id: string }[]) {
      await boss.fail(queue, id, { message: 'the process ended while the job was running' })
      await boss.update(queue, undefined, { id, startAfter: 0 })
      count += 1
    }
  }
  return count
}
