/** Reads the environment, composes, runs until a signal, closes. A second signal ends it at once. */
import { compose } from './compose/compose.ts'
import { loadEnvironment, readConfig } from './config.ts'
import { createLog } from './log.ts'

async function main(): Promise<void> {
  const config = readConfig(loadEnvironment())
  const log = createLog({ level: config.logLevel })
  process.on('unhandledRejection', (error) => {
    log.fatal({ event: 'unhandled_rejection', err: error }, 'a promise failed unheard; the process ends')
    process.exit(1)
  })
  const running = await compose(config, log)
  const { roles, dataDir } = config
  const database = config.databaseUrl === undefined ? 'embedded' : 'postgresql'
  const where = running.url === null ? 'working' : `listening on ${running.url}`
  log.info({ event: 'started', url: running.url, roles, database, data_dir: dataDir }, where)
  let closing = false
  const close = (signal: string) => {
    if (closing) process.exit(1)
    closing = true
    log.info({ event: 'stopping', signal }, 'stopping')
    running.close().then(
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
  process.exit(1)
})
