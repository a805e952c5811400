/**
 * Prisma's own migration engine as WebAssembly, driven directly: the CLI would download a native one. It keeps the same
 * `_prisma_migrations` table and checksums, so `prisma migrate deploy` elsewhere sees the same history.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'

interface EngineModule {
  readonly SchemaEngine: typeof SchemaEngine
  __wbg_set_wasm(exports: object): void
}

/** TypeScript declares WebAssembly in its DOM library only. */
interface WebAssemblyGlobal {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: { __wbindgen_start(): void } } }>
}

// Once per process: the package keeps its memory in a module variable, a second load would break engines in use.
let loaded: Promise<EngineModule> | undefined

/** The engine bound to one database; `free()` it after use. */
export async function openSchemaEngine(adapter: SqlMigrationAwareDriverAdapterFactory): Promise<SchemaEngine> {
  loaded ??= load()
  const module = await loaded
  const ignoreDebugLines = () => {}
  return module.SchemaEngine.new(
    { datamodels: undefined },
    ignoreDebugLines,
    bindMigrationAwareSqlAdapterFactory(adapter),
  )
}

/** By hand, because the package's entry file imports the .wasm as a module, which only bundlers can do. */
async function load(): Promise<EngineModule> {
  const glue = (await import('@prisma/schema-engine-wasm/schema_engine_bg')) as unknown as EngineModule
  const require = createRequire(import.meta.url)
  const bytes = await readFile(
    require.resolve('@prisma/schema-engine-wasm').replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'),
  )
  let panic: string | undefined
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: {
      set_message: (message: string) => {
        panic = message
      },
    },
  })
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal }
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': withIdleTimers(glue),
  })
  glue.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  if (panic !== undefined) throw new Error(`The migration engine could not start: ${panic}`)
  return glue
}

/**
 * The engine gives its advisory lock 10 s and leaves that timer behind when it got it at once; the process would stay
 * for it. So its timers do not keep a process alive: while the engine works, its statements do.
 */
function withIdleTimers(glue: object): object {
  return Object.fromEntries(
    Object.entries(glue).map(([name, value]) => {
      if (!name.startsWith('__wbg_setTimeout_')) return [name, value]
      const setTimer = value as (...given: unknown[]) => unknown
      return [name, (...given: unknown[]) => unreferenced(setTimer(...given))]
    }),
  )
}

function unreferenced(timer: unknown): unknown {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as NodeJS.Timeout).unref()
  return timer
}
