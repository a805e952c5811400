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

export interface DestinationCheck {
  readonly isAllowed: (url: URL) => boolean
  readonly resolve: Resolve
  /** For the resolver. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** What is thrown, in the words of whoever asks. */
  readonly onForbidden: (why: string) => Error
  readonly onUnresolved: (why: string) => Error
}

/** The addresses that a connection to this URL may use. @throws what the two make; the signal's reason */
export async function addressesOf(url: URL, check: DestinationCheck): Promise<readonly LookupAddress[]> {
  const { signal, timeoutMs, onForbidden, onUnresolved } = check
  try {
    return (await within(timeoutMs, signal, checkDestination(url, check))).addresses
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw error instanceof ForbiddenDestination ? onForbidden(error.message) : onUnresolved('its name is not resolved')
  }
}

/** A resolver cannot be stopped; it can be left behind. */
async function within<T>(ms: number, signal: AbortSignal, work: Promise<T>): Promise<T> {
  let giveUp = () => {}
  const end = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('too slow')), ms)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    giveUp = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    }
  })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, end])
  } finally {
    giveUp()
    work.catch(() => {})
  }
}
