/** The conditional headers of RFC 9110, section 13, for a file with a strong tag and a time. */
import type { Request } from 'express'

export interface Validators {
  /** Strong: quoted, without W/. */
  readonly etag: string
  /** As it is sent in Last-Modified: whole seconds. */
  readonly lastModified: string
}

/** False when If-Match names other versions only. Strong comparison: a weak tag never matches. */
export function ifMatchHolds(request: Request, { etag }: Validators): boolean {
  const condition = request.get('If-Match')
  return condition === undefined || listsTag(condition, etag)
}

/**
 * Whether the client has this very version. If-None-Match (weak comparison) counts before If-Modified-Since. A
 * Cache-Control of the request is not looked at: it speaks to caches, and this is the origin.
 */
export function isNotModified(request: Request, { etag, lastModified }: Validators): boolean {
  const tags = request.get('If-None-Match')
  if (tags !== undefined) return listsTag(tags.replaceAll('W/"', '"'), etag)
  const since = request.get('If-Modified-Since')
  return since !== undefined && Date.parse(since) >= Date.parse(lastModified)
}

/** Whether a range may be sent: the part fits to what the client already has. */
export function ifRangeHolds(request: Request, { etag, lastModified }: Validators): boolean {
  const condition = request.get('If-Range')
  return condition === undefined || condition === etag || condition === lastModified
}

function listsTag(list: string, etag: string): boolean {
  return list.trim() === '*' || list.split(',').some((each) => each.trim() === etag)
}
