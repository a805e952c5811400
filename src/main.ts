/** Reads the environment, composes, runs until a signal, drains, closes. A second signal ends it at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compose } from './compose/compose.ts'
import { loadEnvironment, readConfig } from './config.ts'
import { Failure } from './errors.ts'
import { createLog } from './log.ts'
import { packageVersion } from './package-version.ts'
import { openErrorReports } from './watching/error-reports.ts'

/** How long a dying process may tell why. */
const lastWordsMs = 2_000

async function main(): Promise<void> {
  const config = readConfig(loadEnvironment())
  const reports = await openErrorReports({
    ...config.watching.errorReports,
    environment: config.environment,
    release: `talking-photo@${packageVersion()}`,
  })
  const log = createLog({ level: config.logLevel, notice: reports.notice })
  if (reports.problem !== null) log.warn({ event: 'error_reports_off' }, reports.problem)
  const die = (event: string, message: string) => (error: unknown) => {
    log.fatal({ event, err: error }, message)
    void reports.flush(lastWordsMs).finally(() => process.exit(1))
  }
  process.on('unhandledRejection', die('unhandled_rejection', 'a promise failed unheard; the process ends'))
  process.on('uncaughtException', die('uncaught_exception', 'an error was caught by nobody; the process ends'))
  const running = await compose(config, log)
  const { roles, dataDir } = config
  const database = config.databaseUrl === undefined ? 'embedded' : 'postgresql'
  const where = running.url === null ? 'working' : `listening on ${running.url}`
  log.info({ event: 'started', url: running.url, roles, database, data_dir: dataDir }, where)
  let closing = false
  const drainAndClose = async () => {
    if (config.drainMs > 0) {
      log.info({ event: 'draining', drain_ms: config.drainMs }, 'not ready any more, but still serving')
      await running.drain()
      await sleep(config.drainMs)
    }
    await running.close()
  }
  const close = (signal: string) => {
    if (closing) process.exit(1)
    closing = true
    log.info({ event: 'stopping', signal }, 'stopping')
    drainAndClose()
      .finally(() => reports.flush(lastWordsMs))
      .then(
        () => log.info({ event: 'stopped' }, 'stopped'),
        (error: unknown) => {
          log.error({ event: 'stop_failed', err: error }, 'stopping failed')
          process.exitCode = 1
        },
      )
  }
  process.on('SIGTERM', close)
  process.on('SIGINT', close)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  if (error instanceof Failure && error.hint !== undefined) console.error(error.hint)
  process.exit(1)
})
