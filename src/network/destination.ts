/**
 * Where a request may go whose URL came from outside: it was written by somebody who may want to reach what only we can reach.
 * The name is resolved once; the addresses that were checked are the ones that the connection uses.
 */
import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { isPublicAddress } from './public-address.ts'

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export const resolveHost: Resolve = (host) => lookup(host, { all: true, verbatim: true })

/** Thrown where a URL must not be asked; `message` names no more of it than its host. */
export class ForbiddenDestination extends Error {
  override readonly name = 'ForbiddenDestination'
}

/** Reads 'host' (any port) and 'host:port'; IPv6 in brackets. */
export function createAllowList(entries: readonly string[]): (url: URL) => boolean {
  const allowed = new Set(entries.map((entry) => entry.trim().toLowerCase()).filter((entry) => entry !== ''))
  return (url) => {
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    return allowed.has(url.hostname) || allowed.has(`${url.hostname}:${port}`)
  }
}

export interface Destination {
  readonly url: URL
  /** All that the name stands for; the connection may use no other. */
  readonly addresses: readonly LookupAddress[]
}

/** Checks one URL. @throws ForbiddenDestination, or the resolver's error */
export async function checkDestination(
  url: URL,
  { isAllowed, resolve }: { readonly isAllowed: (url: URL) => boolean; readonly resolve: Resolve },
): Promise<Destination> {
  const allowed = isAllowed(url)
  if (url.protocol !== 'https:' && !(allowed && url.protocol === 'http:')) {
    throw new ForbiddenDestination(`${url.protocol} is not fetched from ${url.hostname}, only https:`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ForbiddenDestination(`a URL with credentials in it is not fetched from ${url.hostname}`)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  // One private address among public ones is what an attacker's name server answers.
  if (addresses.length === 0 || !(allowed || addresses.every(({ address }) => isPublicAddress(address)))) {
    throw new ForbiddenDestination(`${url.hostname} is not on the public internet`)
  }
  return { url, addresses }
}
