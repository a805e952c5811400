import type { Logger } from 'pino'

/** A load balancer asks again soon; a hanging database must not keep it waiting. */
const timeoutMs = 2_000

/** @returns how to ask: 'ok', or 'unreachable'; what is wrong goes to the log, a stranger only learns that something is */
export function checkDatabase(ping: () => Promise<void>, log: Logger): () => Promise<string> {
  return async () => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, failed) => {
      timer = setTimeout(() => failed(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    })
    try {
      await Promise.race([ping(), late])
      return 'ok'
    } catch (error) {
      log.warn({ event: 'not_ready', err: error }, 'the database does not answer')
      return 'unreachable'
    } finally {
      clearTimeout(timer)
    }
  }
}
