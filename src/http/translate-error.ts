/** Errors of the libraries at this edge (Express, its body parser, multer, busboy) as Failures; others stay what they are. */
import { MulterError } from 'multer'
import { Failure, toFailure } from '../errors.ts'

/** A Failure, whatever was thrown: the unforeseen becomes UNKNOWN_ERROR 500 with the original as its cause. */
export function translateError(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (error instanceof URIError) {
    return badRequest(
      'url-malformed',
      'The address holds a percent sign that escapes nothing.',
      'Encode it as %25.',
      error,
    )
  }
  return translateBodyError(error) ?? toFailure(error)
}

/** The JSON body parser marks its errors with a `type`. */
function translateBodyError(error: unknown): Failure | null {
  if (typeof error !== 'object' || error === null || !('type' in error)) return null
  switch (error.type) {
    case 'entity.parse.failed':
      return badRequest('json-malformed', 'The body is not valid JSON.', 'Send one JSON object, in UTF-8.', error)
    case 'entity.too.large':
      return tooLarge(
        'body-too-large',
        'The body is too large.',
        'Send photos as multipart/form-data, or by photo_id.',
        error,
      )
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Failure('INVALID_REQUEST', {
        reason: 'content-type-unsupported',
        status: 415,
        message: 'The encoding of the body is not supported.',
        hint: 'Send UTF-8, plain or as gzip, deflate or br.',
        cause: error,
      })
    case 'request.aborted':
    case 'request.size.invalid':
      return badRequest('body-incomplete', 'The body ended before its announced length.', 'Send it again.', error)
    default:
      return null
  }
}

/** What multer or busboy says of a form that is not one, or is too much of one. */
export function translateFormError(error: unknown, maxUploadBytes: number): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof MulterError)) {
    return badRequest(
      'multipart-malformed',
      'The form could not be read to its end.',
      'Send multipart/form-data with its boundary.',
      error,
    )
  }
  switch (error.code) {
    case 'LIMIT_FILE_SIZE':
      return uploadTooLarge(maxUploadBytes)
    case 'LIMIT_FIELD_VALUE':
      return tooLarge(
        'field-too-large',
        `The field '${error.field}' is too long.`,
        'A script may have 20000 characters.',
        error,
      )
    case 'LIMIT_FIELD_COUNT':
    case 'LIMIT_PART_COUNT':
    case 'LIMIT_FILE_COUNT':
      return badRequest(
        'too-many-fields',
        'The form has too many fields.',
        'Send each field once, and one photo.',
        error,
      )
    default:
      return badRequest(
        'multipart-malformed',
        `The form cannot be read: ${error.message}.`,
        'Check the names of its fields.',
        error,
      )
  }
}

export function uploadTooLarge(maxUploadBytes: number): Failure {
  const megabytes = (maxUploadBytes / 1e6).toFixed(1).replace(/\.0$/, '')
  return new Failure('INVALID_REQUEST', {
    reason: 'photo-too-large',
    status: 413,
    message: `The photo is larger than ${megabytes} MB.`,
    hint: 'Save it as JPEG of quality 85, or scale it down to 2560 pixels on the longer side, and upload that.',
    extra: { max_bytes: maxUploadBytes },
  })
}

function badRequest(reason: string, message: string, hint: string, cause: unknown): Failure {
  return new Failure('INVALID_REQUEST', { reason, status: 400, message, hint, cause })
}

function tooLarge(reason: string, message: string, hint: string, cause: unknown): Failure {
  return new Failure('INVALID_REQUEST', { reason, status: 413, message, hint, cause })
}
