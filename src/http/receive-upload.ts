/** A form with the one photo or recording of one request, streamed to disk; both are gone when `use` is done. */
import type { Request, Response } from 'express'
import type { Mistake } from './mistakes.ts'
import type { UploadedFile } from './one-file-storage.ts'
import { type UploadOptions, withFiles } from './receive-files.ts'

export interface Upload {
  /** Null when the form had none. */
  readonly photo: UploadedFile | null
  /** Null when the form had none, or when none was to be there. */
  readonly audio: UploadedFile | null
  /** Text fields: a string, an array when a name came twice, an object for names with brackets. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly mistakes: readonly Mistake[]
}

/** The fields of a form that may be files. */
export type FileField = 'photo' | 'audio'

/** Longest text field: 20000 characters of four bytes, and room to say that a script is a little too long. */
const maxFieldBytes = 128 * 1024

/** @throws Failure as withFiles */
export async function withUpload<T>(
  request: Request,
  response: Response,
  options: UploadOptions,
  use: (upload: Upload) => Promise<T>,
  takes: readonly FileField[] = ['photo'],
): Promise<T> {
  const refuse = (field: string) => ((takes as readonly string[]).includes(field) ? null : notAFile(field, takes))
  return withFiles(request, response, options, { refuse, maxFiles: 2, maxFieldBytes }, ({ files, ...form }) =>
    use({ ...form, photo: files.get('photo') ?? null, audio: files.get('audio') ?? null }),
  )
}

function notAFile(field: string, takes: readonly FileField[]): Mistake {
  return {
    field,
    reason: 'field-invalid',
    message: 'was sent as a file',
    hint: `Only '${takes.join("' and '")}' ${takes.length > 1 ? 'are files' : 'is a file'}; send every other field as text.`,
  }
}
