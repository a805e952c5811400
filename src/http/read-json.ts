/** The JSON body of a request as an object. */
import { json, type Request, type RequestHandler, type Response } from 'express'
import { Failure } from '../errors.ts'
import { askForBody } from './early-answer.ts'
import { tooSlow } from './watch-body.ts'

/** 20000 characters as \uXXXX, 8 KB of metadata, and the rest. Counted after gzip, deflate or br are undone. */
const readBody = json({ limit: '256kb', type: 'application/json' })

/** For bodies with many scripts in them. */
export const readLargeBody = json({ limit: '1mb', type: 'application/json' })

const photoWanted = {
  message: 'The body must be multipart/form-data, or application/json with a photo_id.',
  hint: 'Send the photo as the file field `photo` of a form.',
}

/**
 * @param patienceMs how long the whole body may take
 * @param wanted what to say to a body of another type
 * @throws Failure 415 'content-type-unsupported', 400 'json-malformed' | 'body-incomplete', 413 'body-too-large',
 * 408 'upload-too-slow'; some as errors of the body parser that translateError knows
 */
export async function readJsonObject(
  request: Request,
  response: Response,
  patienceMs: number,
  wanted: { readonly message: string; readonly hint: string } = photoWanted,
  read: RequestHandler = readBody,
): Promise<Record<string, unknown>> {
  if (!request.is('application/json')) {
    throw new Failure('INVALID_REQUEST', {
      reason: 'content-type-unsupported',
      status: 415,
      ...wanted,
    })
  }
  askForBody(request, response)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(tooSlow()), patienceMs)
    void read(request, response, (error?: unknown) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  })
  const body: unknown = request.body
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  throw new Failure('INVALID_REQUEST', {
    reason: 'json-malformed',
    status: 400,
    message: 'The body must be a JSON object.',
    hint: 'For example {"photo_id": "…", "script": "…"}.',
  })
}
