/**
 * Media on a local disk. A key is a relative path under `root`. `put` makes the bytes durable before they appear under
 * their key (fsync, then rename), so a reader or a crash never sees half a file. Where the source lies on another
 * filesystem it is first copied to `incoming/<id>`, an ordinary key: what a crash leaves there is an orphan like any other.
 */
import { createHash, randomUUID } from 'node:crypto'
import { constants, type Dir, type Dirent } from 'node:fs'
import {
  copyFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  opendir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { Failure } from '../errors.ts'
import type { MediaStore } from '../generations/ports.ts'

export interface DiskStoreOptions {
  /** Where the bytes live. Made when missing. */
  readonly root: string
  /** Where scratch directories are made; best on the filesystem of `root`, so that `put` is a rename. */
  readonly tempRoot: string
}

export function createDiskStore(options: DiskStoreOptions): MediaStore {
  const root = resolve(options.root)
  const tempRoot = resolve(options.tempRoot)
  const pathOf = (key: string) => join(root, checkKey(key))

  return {
    async put(key, file) {
      const target = pathOf(key)
      const facts = await hashAndSync(file)
      await moveInto(root, file, target)
      await syncDirectories(dirname(target), root)
      return facts
    },

    async describe(key) {
      const handle = await open(pathOf(key), 'r').catch(rethrowUnlessMissing)
      if (!handle) throw missing(key)
      return hashWhole(handle).finally(() => handle.close())
    },

    async localPath(key) {
      const path = pathOf(key)
      const found = await stat(path).catch(rethrowUnlessMissing)
      if (!found?.isFile()) throw missing(key)
      return path
    },

    async read(key, range): Promise<Readable> {
      const handle = await open(pathOf(key), 'r').catch(rethrowUnlessMissing)
      if (!handle) throw missing(key)
      // A read stream opened on a handle closes it at its end or when destroyed.
      return handle.createReadStream(range ? { start: range.start, end: range.end } : {})
    },

    async remove(key) {
      const path = pathOf(key)
      await rm(path, { force: true })
      await pruneEmpty(dirname(path), root)
    },

    async *list() {
      for await (const path of walk(root)) {
        const found = await stat(path).catch(rethrowUnlessMissing)
        if (found) yield { key: relative(root, path).split(sep).join('/'), modifiedAt: found.mtime }
      }
    },

    async scratch(label) {
      if (!segment.test(label)) throw new TypeError(`not a label for a directory: ${JSON.stringify(label)}`)
      await mkdir(tempRoot, { recursive: true })
      const path = await mkdtemp(join(tempRoot, `${label}-`))
      return { path, dispose: () => rm(path, { recursive: true, force: true }) }
    },
  }
}

const segment = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

/** No segment starts with a dot or holds a slash, a backslash or a NUL: no key leaves the root. */
function checkKey(key: string): string {
  if (key.length > 512 || !key.split('/').every((part) => segment.test(part))) {
    throw new TypeError(`not a media key: ${JSON.stringify(key.slice(0, 100))}`)
  }
  return key
}

async function hashAndSync(file: string): Promise<{ bytes: number; sha256: string }> {
  const handle = await open(file, 'r')
  try {
    const facts = await hashWhole(handle)
    await handle.sync()
    return facts
  } finally {
    await handle.close()
  }
}

async function hashWhole(handle: FileHandle): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function moveInto(root: string, file: string, target: string): Promise<void> {
  try {
    await renameMaking(file, target)
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error
    const incoming = join(root, 'incoming', randomUUID())
    await mkdir(dirname(incoming), { recursive: true })
    try {
      await copyFile(file, incoming, constants.COPYFILE_EXCL)
      await syncPath(incoming)
      await renameMaking(incoming, target)
    } finally {
      await rm(incoming, { force: true })
    }
    await unlink(file)
  }
}

/** Each try is lost only to a `remove` beside it that pruned an empty parent meanwhile; one was needed now and then under 24 such pairs. */
const renameTries = 10

/** Makes the parents and renames; both can find a parent gone that was there a moment ago. */
async function renameMaking(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await mkdir(dirname(to), { recursive: true })
      return await rename(from, to)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || tries === renameTries) throw error
    }
  }
}

/** The name of a new file or directory is durable only when the directory that holds it is. */
async function syncDirectories(from: string, root: string): Promise<void> {
  for (let directory = from; ; directory = dirname(directory)) {
    await syncPath(directory).catch(rethrowUnlessMissing)
    if (directory === root || !directory.startsWith(root)) return
  }
}

async function syncPath(path: string): Promise<void> {
  const handle: FileHandle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function pruneEmpty(from: string, root: string): Promise<void> {
  for (let directory = from; directory !== root && directory.startsWith(root + sep); directory = dirname(directory)) {
    try {
      await rmdir(directory)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue
      if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return
      throw error
    }
  }
}

async function* walk(directory: string): AsyncGenerator<string> {
  const opened: Dir | undefined = await opendir(directory).catch(rethrowUnlessMissing)
  if (!opened) return
  const folders: string[] = []
  for await (const entry of opened as AsyncIterable<Dirent>) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) folders.push(path)
    else if (entry.isFile()) yield path
  }
  for (const folder of folders) yield* walk(folder)
}

function missing(key: string): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'media-missing',
    message: 'The stored file is no longer there.',
    retryable: false,
    cause: new Error(`no such media key: ${key}`),
  })
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function rethrowUnlessMissing(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
  throw error
}
