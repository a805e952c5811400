/**
 * A finished file as an answer: validators, one byte range, HEAD, inline or as a download. The order of the questions is
 * that of RFC 9110, section 13.2.2. The bytes never change under their id, so a client may keep them; they are private.
 */
import { pipeline } from 'node:stream/promises'
import type { Request, Response } from 'express'
import { Failure } from '../errors.ts'
import type { OpenedMedia } from '../generations/use-cases.ts'
import { type ByteRange, readByteRange } from './byte-range.ts'
import { ifMatchHolds, ifRangeHolds, isNotModified, type Validators } from './preconditions.ts'

/** An hour: deleting a generation is to be seen by other tabs within it. */
const cacheControl = 'private, max-age=3600, immutable'

/** @throws Failure 412 'precondition-failed', 416 'range-not-satisfiable' */
export async function sendMedia(response: Response, media: OpenedMedia): Promise<void> {
  const { req: request } = response
  const validators = { etag: media.etag, lastModified: media.modifiedAt.toUTCString() }
  if (!ifMatchHolds(request, validators)) throw preconditionFailed()

  response.set({ ETag: media.etag, 'Last-Modified': validators.lastModified, 'Cache-Control': cacheControl })
  if (isNotModified(request, validators)) {
    response.status(304).end()
    return
  }
  const range = chooseRange(request, validators, media.bytes)
  if (range === 'unsatisfiable') throw notSatisfiable(response, media.bytes)

  const { start, end } = range ?? { start: 0, end: media.bytes - 1 }
  const setHead = () => {
    response.status(range ? 206 : 200).attachment(media.fileName)
    if (request.query.download !== '1') inline(response)
    if (range) response.set('Content-Range', `bytes ${start}-${end}/${media.bytes}`)
    response.set({
      'Accept-Ranges': 'bytes',
      'Content-Type': media.contentType,
      ...(media.language !== undefined && { 'Content-Language': media.language }),
      'Content-Length': String(end - start + 1),
    })
  }
  if (request.method === 'HEAD') {
    setHead()
    response.end()
    return
  }
  const bytes = await media.read(range ?? undefined).catch((error: unknown) => {
    forgetFile(response)
    throw error
  })
  setHead()
  try {
    await pipeline(bytes, response)
  } catch (error) {
    const left = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!left) request.log.error({ err: error }, 'a stored file could not be read to its end')
    throw error
  }
}

/** Null for the whole file. A range is honoured for GET only, and under If-Range only for the very file it names. */
function chooseRange(request: Request, validators: Validators, size: number): ByteRange | 'unsatisfiable' | null {
  const header = request.get('Range')
  if (header === undefined || request.method !== 'GET' || !ifRangeHolds(request, validators)) return null
  const range = readByteRange(header, size)
  return range === 'whole' ? null : range
}

/** Express writes the name with all its escapes for a download; shown in place it is named the same way. */
function inline(response: Response): void {
  response.set('Content-Disposition', String(response.get('Content-Disposition')).replace(/^attachment/, 'inline'))
}

/** What was said of the file is not said of the problem that is answered in its place. */
function forgetFile(response: Response): void {
  for (const name of ['ETag', 'Last-Modified']) response.removeHeader(name)
  response.set('Cache-Control', 'no-store')
}

function preconditionFailed(): Failure {
  return new Failure('INVALID_REQUEST', {
    reason: 'precondition-failed',
    status: 412,
    message: 'The file is not the one that If-Match names.',
    hint: 'Ask without If-Match and compare the ETag.',
  })
}

function notSatisfiable(response: Response, size: number): Failure {
  forgetFile(response)
  response.set({ 'Content-Range': `bytes */${size}`, 'Accept-Ranges': 'bytes' })
  return new Failure('INVALID_REQUEST', {
    reason: 'range-not-satisfiable',
    status: 416,
    message: `The range lies beyond the ${size} bytes of the file.`,
    hint: 'Ask for bytes=0- and go on from there.',
    extra: { bytes: size },
  })
}
