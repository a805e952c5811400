/**
 * Keeps a registry as its file says. The folder is watched, not the file: editors and mounted configuration put a new file in
 * the old one's place.
 */
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../errors.ts'
import type { ModelRegistry } from './model-registry.ts'

/** A write comes as several notices. */
const settleMs = 100

interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/**
 * Loads the file, then again whenever it changed. A wrong one is logged and leaves what was; at the start it throws.
 * @returns the way to stop following
 * @throws Failure INVALID_REQUEST 'models-file-invalid'
 */
export async function followModelsFile(
  registry: Pick<ModelRegistry, 'load' | 'refuse'>,
  path: string,
  log: Log,
): Promise<() => void> {
  let loaded = await read(path)
  registry.load(loaded)

  const reload = async () => {
    try {
      const text = await read(path).catch((error: unknown) => {
        loaded = ''
        if (error instanceof Failure) registry.refuse(error.message)
        throw error
      })
      if (text === loaded) return
      loaded = text
      registry.load(text)
      log.info({ event: 'models_file_loaded' }, 'the models file has changed and is in force')
    } catch (error) {
      log.warn({ event: 'models_file_refused', err: error }, 'the models file is wrong; what was before stays in force')
    }
  }

  let timer: NodeJS.Timeout | undefined
  let reloading = Promise.resolve()
  const watcher: FSWatcher = watch(dirname(path), () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      reloading = reloading.then(reload)
    }, settleMs)
  })
  watcher.on('error', (error) =>
    log.warn({ event: 'models_file_unwatched', err: error }, 'changes of the models file go unseen'),
  )
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'models-file-invalid',
      message: 'The models file cannot be read.',
      hint: 'MODELS_FILE names it; see that it is there and may be read.',
      cause,
    })
  }
}
