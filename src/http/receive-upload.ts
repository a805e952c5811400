/**
 * A multipart form, streamed: the photo goes to a private file while it arrives, the text fields into an object.
 * `withUpload` owns the file: whatever happens (a mistake, a failure, the client leaving half way) it is gone afterwards.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import multer, { type StorageEngine } from 'multer'
import { Failure } from '../errors.ts'
import { askForBody } from './early-answer.ts'
import type { Mistake } from './mistakes.ts'
import { translateFormError, uploadTooLarge } from './translate-error.ts'
import { watchBody } from './watch-body.ts'

export interface UploadOptions {
  /** Where the photo is put while the request lasts. */
  readonly uploadDir: string
  readonly maxUploadBytes: number
  readonly uploadPatienceMs: number
}

export interface UploadedPhoto {
  /** Where it is stored while the request lasts. */
  readonly file: string
  /** Hex SHA-256 of the bytes as they came. */
  readonly sha256: string
}

export interface Upload {
  /** Null when the form had none. */
  readonly photo: UploadedPhoto | null
  /** Text fields: a string, an array when a name came twice, an object for names with brackets. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly mistakes: readonly Mistake[]
}

/** Longest text field: 20000 characters of four bytes, and room to say that a script is a little too long. */
const maxFieldBytes = 128 * 1024
const limits = {
  fieldSize: maxFieldBytes,
  fields: 64,
  parts: 72,
  fieldNameSize: 200,
  fieldNestingDepth: 2,
  fieldArrayIndexLimit: 16,
}
/** What the text fields and the form's own lines may add to the photo. */
const formOverheadBytes = 512 * 1024

/**
 * Reads the form, lets `use` work with it, removes the photo.
 * @throws Failure 413 'photo-too-large', 'field-too-large'; 400 'multipart-malformed', 'too-many-fields'; 408 'upload-too-slow'.
 */
export async function withUpload<T>(
  request: Request,
  response: Response,
  options: UploadOptions,
  use: (upload: Upload) => Promise<T>,
): Promise<T> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > options.maxUploadBytes + formOverheadBytes) throw uploadTooLarge(options.maxUploadBytes)

  await mkdir(options.uploadDir, { recursive: true })
  const storage = oneFileStorage(join(options.uploadDir, `upload-${randomUUID()}`))
  try {
    return await use(await readForm(request, response, storage, options))
  } finally {
    await storage.discard()
  }
}

async function readForm(
  request: Request,
  response: Response,
  storage: OneFileStorage,
  { maxUploadBytes, uploadPatienceMs }: UploadOptions,
): Promise<Upload> {
  const mistakes: Mistake[] = []
  let photos = 0
  const receive = multer({
    storage: storage.engine,
    limits: { ...limits, fileSize: maxUploadBytes },
    fileFilter: (_request, { fieldname }, decide) => {
      if (fieldname === 'photo') photos += 1
      const mistake = fieldname === 'photo' ? (photos > 1 ? onePhoto : null) : notAFile(fieldname)
      if (mistake) mistakes.push(mistake)
      decide(null, mistake === null)
    },
  }).any()
  askForBody(request, response)
  const body = watchBody(request, {
    maxBytes: maxUploadBytes + formOverheadBytes,
    patienceMs: uploadPatienceMs,
    tooLarge: () => uploadTooLarge(maxUploadBytes),
  })
  // Of a request multer uses the stream and its headers, and puts the fields beside them.
  const form = Object.assign(body, { headers: request.headers, body: {} }) as unknown as Request
  try {
    await new Promise<void>((resolve, reject) => {
      receive(form, response, (error: unknown) => (error ? reject(error) : resolve()))
    })
  } catch (error) {
    throw translateFormError(error, maxUploadBytes)
  } finally {
    body.destroy()
  }
  return { photo: storage.stored(), fields: { ...(form.body as Record<string, unknown>) }, mistakes }
}

const onePhoto: Mistake = {
  field: 'photo',
  reason: 'field-repeated',
  message: 'came more than once',
  hint: 'Send one photo.',
}

function notAFile(field: string): Mistake {
  return {
    field,
    reason: 'field-invalid',
    message: 'was sent as a file',
    hint: "Only 'photo' is a file; send every other field as text.",
  }
}

interface OneFileStorage {
  readonly engine: StorageEngine
  /** The file once the whole of it is on disk. */
  stored(): UploadedPhoto | null
  /** Ends a write that still runs and removes the file. */
  discard(): Promise<void>
}

function oneFileStorage(path: string): OneFileStorage {
  let whole: UploadedPhoto | null = null
  let stop = () => {}
  let writing: Promise<void> = Promise.resolve()
  return {
    engine: {
      _handleFile(_request, { stream }, done) {
        stop = () => stream.destroy(new Error('the photo is not wanted any more'))
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
    message: 'The photo could not be stored.',
    hint: 'Try again later.',
    cause,
  })
}
