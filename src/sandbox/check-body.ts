/** A JSON body, held to a contract to the letter. */
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { readBody } from './read-body.ts'
import { invalid, violation } from './refusal.ts'

/** Path of a field ('video_config.fps') and what is wrong with it. */
export interface FieldMistake {
  readonly field: string
  readonly message: string
}

/** The whole body as JSON. Throws a violation where it is none; a Refusal 413 of `tooLarge` beyond `maxBytes`. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  return parseJson(await readBody(request, maxBytes))
}

export function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    throw invalid('body', 'is no JSON')
  }
}

/**
 * The value as the schema has it; use strict objects, so that a field more is a mistake. Throws a violation for the first mistake
 * and tells `onMistake` the others.
 */
export function holdTo<S extends z.ZodType>(
  schema: S,
  value: unknown,
  onMistake: (mistake: FieldMistake) => void,
): z.output<S> {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [first, ...others] = mistakesOf(read.error)
  for (const other of others) onMistake(other)
  throw violation({ status: 400, code: 'invalid_request', ...first! })
}

function mistakesOf({ issues }: z.ZodError): FieldMistake[] {
  return issues.flatMap((issue): FieldMistake[] => {
    if (issue.code !== 'unrecognized_keys') return [{ field: issue.path.join('.') || 'body', message: issue.message }]
    return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not in the contract' }))
  })
}

export type ImageType = 'image/jpeg' | 'image/png' | 'image/webp'

const startsOf: Readonly<Record<ImageType, (bytes: Buffer) => boolean>> = {
  'image/jpeg': (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  'image/png': (bytes) =>
    bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex')) && bytes.toString('latin1', 12, 16) === 'IHDR',
  'image/webp': (bytes) => bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
}

/** What the bytes begin like; null: no image that vendors take. */
export function imageTypeOf(bytes: Buffer): ImageType | null {
  return (Object.keys(startsOf) as ImageType[]).find((type) => startsOf[type](bytes)) ?? null
}

/** The bytes of plain base64, or null where it is anything else. Encoding it back needs no stack, as a pattern over megabytes does. */
export function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : null
}
