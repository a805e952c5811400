/**
 * A multipart form, streamed: photo and recording go to private files while they arrive, the text fields into an object.
 * `withUpload` owns the files: whatever happens (a mistake, a failure, the client leaving half way) they are gone afterwards.
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
  /** Where files are put while the request lasts. */
  readonly uploadDir: string
  readonly maxUploadBytes: number
  readonly uploadPatienceMs: number
}

export interface UploadedFile {
  /** Where it is stored while the request lasts. */
  readonly file: string
  /** Hex SHA-256 of the bytes as they came. */
  readonly sha256: string
}

export interface Upload {
  /** Null when the form had none. */
  readonly photo: UploadedFile | null
  /** Null when the form had none, or when none was to be there. */
  readonly audio: UploadedFile | null
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
/** What the text fields and the form's own lines may add to the files. */
const formOverheadBytes = 512 * 1024

/**
 * Reads the form, lets `use` work with it, removes the files.
 * @throws Failure 413 'photo-too-large', 'field-too-large'; 400 'multipart-malformed', 'too-many-fields'; 408 'upload-too-slow'.
 */
export async function withUpload<T>(
  request: Request,
  response: Response,
  options: UploadOptions,
  use: (upload: Upload) => Promise<T>,
  takes: readonly FileField[] = ['photo'],
): Promise<T> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > options.maxUploadBytes + formOverheadBytes) throw uploadTooLarge(options.maxUploadBytes)

  await mkdir(options.uploadDir, { recursive: true })
  const place = () => oneFileStorage(join(options.uploadDir, `upload-${randomUUID()}`))
  const storages = { photo: place(), audio: place() }
  try {
    return await use(await readForm(request, response, { storages, takes }, options))
  } finally {
    await Promise.all([storages.photo.discard(), storages.audio.discard()])
  }
}

async function readForm(
  request: Request,
  response: Response,
  { storages, takes }: FilePlaces,
  { maxUploadBytes, uploadPatienceMs }: UploadOptions,
): Promise<Upload> {
  const mistakes: Mistake[] = []
  const seen = new Set<string>()
  const receive = multer({
    storage: {
      _handleFile: (form, file, done) => storages[file.fieldname as FileField].engine._handleFile(form, file, done),
      _removeFile: (_form, _file, done) => done(null),
    },
    limits: { ...limits, fileSize: maxUploadBytes },
    fileFilter: (_request, { fieldname }, decide) => {
      const isTaken = (takes as readonly string[]).includes(fieldname)
      const mistake = isTaken ? (seen.has(fieldname) ? repeated(fieldname) : null) : notAFile(fieldname, takes)
      seen.add(fieldname)
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
  const { photo, audio } = storages
  return {
    photo: photo.stored(),
    audio: audio.stored(),
    fields: { ...(form.body as Record<string, unknown>) },
    mistakes,
  }
}

function repeated(field: string): Mistake {
  return { field, reason: 'field-repeated', message: 'came more than once', hint: 'Send one of it.' }
}

function notAFile(field: string, takes: readonly FileField[]): Mistake {
  return {
    field,
    reason: 'field-invalid',
    message: 'was sent as a file',
    hint: `Only '${takes.join("' and '")}' ${takes.length > 1 ? 'are files' : 'is a file'}; send every other field as text.`,
  }
}

/** The fields of a form that may be files. */
export type FileField = 'photo' | 'audio'

interface FilePlaces {
  readonly storages: Readonly<Record<FileField, OneFileStorage>>
  readonly takes: readonly FileField[]
}

interface OneFileStorage {
  readonly engine: StorageEngine
  /** The file once the whole of it is on disk. */
  stored(): UploadedFile | null
  /** Ends a write that still runs and removes the file. */
  discard(): Promise<void>
}

function oneFileStorage(path: string): OneFileStorage {
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
