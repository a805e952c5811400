/** One file of a form, written to disk and hashed while it arrives. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { StorageEngine } from 'multer'
import { Failure } from '../errors.ts'

export interface UploadedFile {
  /** Where it is stored while the request lasts. */
  readonly file: string
  /** Hex SHA-256 of the bytes as they came. */
  readonly sha256: string
}

export interface OneFileStorage {
  readonly engine: StorageEngine
  /** The file once the whole of it is on disk. */
  stored(): UploadedFile | null
  /** Ends a write that still runs and removes the file. */
  discard(): Promise<void>
}

export function oneFileStorage(path: string): OneFileStorage {
  let whole: UploadedFile | null = null
  let stop = () => {}
  let writing: Promise<void> = Promise.resolve()
  return {
    engine: {
      _handleFile(_request, { stream }, done) {
        stop = () => stream.destroy(new Error('the file is not wanted any more'))
        // Too large: nobody waits for the rest of it.
        stream.once('limit', stop)
        const hash = createHash('sha256')
        stream.on('data', (chunk: Buffer) => hash.update(chunk))
        writing = pipeline(stream, createWriteStream(path, { flags: 'wx', mode: 0o600 })).then(
          () => {
            whole = { file: path, sha256: hash.digest('hex') }
            done(null, { path })
          },
          (error: NodeJS.ErrnoException) => done(error.syscall ? notStored(error) : error),
        )
      },
      _removeFile: (_request, _file, done) => done(null),
    },
    stored: () => whole,
    async discard() {
      stop()
      await writing
      await rm(path, { force: true })
    },
  }
}

/** A full or broken disk is our fault, not the form's. */
function notStored(cause: Error): Failure {
  return new Failure('UNKNOWN_ERROR', {
    reason: 'upload-not-stored',
    message: 'The upload could not be stored.',
    hint: 'Try again later.',
    cause,
  })
}
