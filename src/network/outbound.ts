/** All that this installation asks of others goes through here. */
import { type Ask, type AskParts, createAsk } from './ask.ts'
import { createAllowList, type Resolve, resolveHost } from './destination.ts'
import { createFetchFile, type FetchedFile, type FileRequest } from './fetch-file.ts'
import { createOpenFile, type OpenFile } from './open-file.ts'
import { createSendForm, type SendForm } from './send-form.ts'

export interface OutboundParts {
  /** 'host' or 'host:port' of which files may be fetched although they are not public, and over plain http. */
  readonly allowHosts: readonly string[]
  readonly userAgent: string
  readonly connectTimeoutMs?: number
  readonly resolve?: Resolve
  readonly log?: NonNullable<AskParts['log']>
}

export interface Outbound {
  /** One question to a configured service, with our credential. */
  readonly ask: Ask
  /** A file at a URL that came from outside, without any. */
  readonly fetchFile: (request: FileRequest) => Promise<FetchedFile>
  /** A file of ours to such a URL, likewise. */
  readonly sendForm: SendForm
  /** A file that a configured service keeps for us, with our credential. */
  readonly openFile: OpenFile
}

export function createOutbound(parts: OutboundParts): Outbound {
  const { allowHosts, userAgent, connectTimeoutMs = 10_000, resolve = resolveHost, log } = parts
  const foreign = {
    userAgent,
    connectTimeoutMs,
    isAllowed: createAllowList(allowHosts),
    resolve,
    ...(log && { log }),
  }
  return {
    ask: createAsk({ userAgent, connectTimeoutMs, ...(log && { log }) }),
    fetchFile: createFetchFile(foreign),
    sendForm: createSendForm(foreign),
    openFile: createOpenFile(foreign),
  }
}
