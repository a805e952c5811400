/**
 * A multipart form, streamed: files go to private places while they arrive, the text fields into an object. `withFiles` owns
 * the files: whatever happens (a mistake, a failure, the client leaving half way) they are gone afterwards.
 */
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Request, Response } from 'express'
import multer from 'multer'
import type { Failure } from '../errors.ts'
import { askForBody } from './early-answer.ts'
import type { Mistake } from './mistakes.ts'
import { type OneFileStorage, oneFileStorage, type UploadedFile } from './one-file-storage.ts'
import { translateFormError, uploadTooLarge } from './translate-error.ts'
import { watchBody } from './watch-body.ts'

export interface UploadOptions {
  /** Where files are put while the request lasts. */
  readonly uploadDir: string
  readonly maxUploadBytes: number
  readonly uploadPatienceMs: number
}

export interface FormRules {
  /** What is wrong with a file in a field of that name, or null. */
  readonly refuse: (field: string) => Mistake | null
  readonly maxFiles: number
  /** Of the longest text field. */
  readonly maxFieldBytes: number
  /** What is thrown when all of it together is larger than one file may be. */
  readonly tooLarge?: (maxUploadBytes: number) => Failure
}

export interface ReceivedForm {
  /** By the name of the field. */
  readonly files: ReadonlyMap<string, UploadedFile>
  /** Text fields: a string, an array when a name came twice, an object for names with brackets. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly mistakes: readonly Mistake[]
}

const limits = { fields: 64, fieldNameSize: 200, fieldNestingDepth: 2, fieldArrayIndexLimit: 16 }
const spareParts = 6
/** What the form's own lines may add to its text and files. */
const formOverheadBytes = 384 * 1024

/**
 * Reads the form, lets `use` work with it, removes the files.
 * @throws Failure 413 'photo-too-large', 'field-too-large'; 400 'multipart-malformed', 'too-many-fields'; 408 'upload-too-slow'.
 */
export async function withFiles<T>(
  request: Request,
  response: Response,
  options: UploadOptions,
  rules: FormRules,
  use: (form: ReceivedForm) => Promise<T>,
): Promise<T> {
  const { maxUploadBytes, uploadDir } = options
  const tooLarge = () => (rules.tooLarge ?? uploadTooLarge)(maxUploadBytes)
  const bounds = {
    maxBytes: maxUploadBytes + rules.maxFieldBytes + formOverheadBytes,
    patienceMs: options.uploadPatienceMs,
    tooLarge,
  }
  if (Number(request.headers['content-length'] ?? 0) > bounds.maxBytes) throw tooLarge()

  await mkdir(uploadDir, { recursive: true })
  const storages = new Map<string, OneFileStorage>()
  const place = (field: string) => {
    const storage = oneFileStorage(join(uploadDir, `upload-${randomUUID()}`))
    storages.set(field, storage)
    return storage
  }
  try {
    return await use(await readForm(request, response, { bounds, rules, storages, place, maxUploadBytes }))
  } finally {
    await Promise.all([...storages.values()].map((storage) => storage.discard()))
  }
}

interface FormReading {
  readonly bounds: Parameters<typeof watchBody>[1]
  readonly rules: FormRules
  readonly storages: ReadonlyMap<string, OneFileStorage>
  readonly place: (field: string) => OneFileStorage
  readonly maxUploadBytes: number
}

async function readForm(
  request: Request,
  response: Response,
  { bounds, rules, storages, place, maxUploadBytes }: FormReading,
): Promise<ReceivedForm> {
  const mistakes: Mistake[] = []
  const seen = new Set<string>()
  const receive = multer({
    storage: {
      _handleFile: (form, file, done) => place(file.fieldname).engine._handleFile(form, file, done),
      _removeFile: (_form, _file, done) => done(null),
    },
    limits: {
      ...limits,
      parts: limits.fields + rules.maxFiles + spareParts,
      fieldSize: rules.maxFieldBytes,
      fileSize: maxUploadBytes,
    },
    fileFilter: (_request, { fieldname }, decide) => {
      const mistake = rules.refuse(fieldname) ?? (seen.has(fieldname) ? repeated(fieldname) : null)
      seen.add(fieldname)
      if (mistake) mistakes.push(mistake)
      decide(null, mistake === null)
    },
  }).any()
  askForBody(request, response)
  const body = watchBody(request, bounds)
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
  const whole = [...storages].flatMap(([field, storage]) => {
    const file = storage.stored()
    return file ? [[field, file] as const] : []
  })
  return { files: new Map(whole), fields: { ...(form.body as Record<string, unknown>) }, mistakes }
}

function repeated(field: string): Mistake {
  return { field, reason: 'field-repeated', message: 'came more than once', hint: 'Send one of it.' }
}
