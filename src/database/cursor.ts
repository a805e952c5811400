import { Failure } from '../errors.ts'

/** A place in a list that is ordered by (created_at, id), newest first. */
export interface ListPlace {
  readonly createdAt: Date
  readonly id: string
}

/** Opaque to callers: base64url of milliseconds, a space and the id. It holds nothing that the page itself did not show. */
export function encodeCursor(place: ListPlace): string {
  return Buffer.from(`${place.createdAt.getTime()} ${place.id}`).toString('base64url')
}

/** @throws Failure INVALID_REQUEST 'cursor-invalid' (400) for anything that encodeCursor could not have written. */
export function decodeCursor(cursor: string): ListPlace {
  const match = /^(\d{1,15}) ([\w-]{1,200})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match?.[1] !== undefined && match[2] !== undefined) {
    const place = { createdAt: new Date(Number(match[1])), id: match[2] }
    if (encodeCursor(place) === cursor) return place
  }
  throw new Failure('INVALID_REQUEST', {
    status: 400,
    reason: 'cursor-invalid',
    message: 'The cursor is not one that this list gave out.',
    hint: 'Leave the cursor out to start from the first page, and pass on next_cursor unchanged after that.',
  })
}
