/**
 * Both vendors' adapters run a migration file wrongly: adapter-pg (7.10.0) splits it at every ';', which cuts functions
 * and comments in two and leaves the first half of a failed file behind; pglite-prisma-adapter (0.7.2) does not await
 * it, so a broken migration is recorded as applied. This wrapper sends the file whole and waits: PostgreSQL then runs
 * it as one implicit transaction.
 */
import {
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'

export function withWholeScripts(
  factory: SqlMigrationAwareDriverAdapterFactory,
  runScript: (script: string) => Promise<unknown>,
): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => runsWhole(await factory.connect(), runScript),
    connectToShadowDb: () => Promise.reject(new Error('Shadow databases are not used: see scripts/new-migration.ts')),
  }
}

function runsWhole(adapter: SqlDriverAdapter, runScript: (script: string) => Promise<unknown>): SqlDriverAdapter {
  // A proxy, not a copy: the adapter's methods live on its prototype and use private state.
  return new Proxy(adapter, {
    get(target, property) {
      if (property === 'executeScript') {
        return async (script: string) => {
          try {
            await runScript(script)
          } catch (error) {
            throw asDriverError(error)
          }
        }
      }
      const value = Reflect.get(target, property, target) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The migration engine only understands its own error shape; anything else would lose SQLSTATE and message. */
function asDriverError(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { code, severity, detail, column, hint } = error as Error & Record<string, string | undefined>
  if (code === undefined) return error
  return new DriverAdapterError({
    kind: 'postgres',
    code,
    severity: severity ?? 'ERROR',
    message: error.message,
    detail,
    column,
    hint,
    originalCode: code,
    originalMessage: error.message,
  })
}
