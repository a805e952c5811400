/**
 * The faults that can be asked for, and their one spelling, used in `[[...]]` within script.text, at the control endpoint and
 * by the profiles. `docs/sandbox.md` lists them. A wire fault spoils an answer; a job fault spoils what becomes of a job.
 * Options follow after colons: `on=submit|status|cancel|health|media|prepare` (wire faults; default submit) and `times=n`. A
 * contract may have faults of its own kind: a word that it names, and what follows it (`throttled:20`).
 */
import { Failure } from '../errors.ts'

/** 'prepare': a free request before the one that is paid, such as an upload. */
export const places = ['submit', 'status', 'cancel', 'health', 'media', 'prepare'] as const
export type Place = (typeof places)[number]

export type WireEffect =
  | { readonly kind: 'http'; readonly status: number; readonly code: string; readonly retryAfterSeconds: number | null }
  /** No answer at all. `after`: what was asked for is done nevertheless. */
  | { readonly kind: 'silence' | 'cut'; readonly when: 'before' | 'after' }
  | { readonly kind: 'broken-json' }

export type FileDefect = (typeof fileDefects)[number]
/** How a finished file is wrong: in itself (the media maker does it) or in how it is served. */
export const madeDefects = ['short', 'long', 'silent', 'mute', 'black', 'truncated'] as const
export type MadeDefect = (typeof madeDefects)[number]
const fileDefects = [...madeDefects, 'missing', 'unnamed', 'expired', 'slow', 'html', 'empty', 'endless', 'redirect', 'elsewhere'] as const // biome-ignore format: one list
const webhookModes = ['duplicate', 'reorder', 'forged', 'none'] as const
export type WebhookMode = (typeof webhookModes)[number]

export type JobEffect =
  | { readonly kind: 'fail'; readonly code: string }
  | { readonly kind: 'slow'; readonly seconds: number }
  | { readonly kind: 'stuck'; readonly progress: number }
  | { readonly kind: 'sync' | 'minimal' | 'unknown-status' }
  | { readonly kind: 'file'; readonly defect: FileDefect }
  | { readonly kind: 'webhook'; readonly mode: WebhookMode }

export type Fault =
  | { readonly text: string; readonly on: Place; readonly times: number; readonly wire: WireEffect }
  | { readonly text: string; readonly times: number; readonly job: JobEffect }
  | { readonly text: string; readonly times: number; readonly own: { readonly name: string; readonly value: string } }

export type WireFault = Extract<Fault, { wire: WireEffect }>
export type JobFault = Extract<Fault, { job: JobEffect }>
export type OwnFault = Extract<Fault, { own: object }>

const httpCodes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  402: 'insufficient_credits',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  413: 'image_too_large',
  422: 'unprocessable',
  429: 'rate_limited',
  500: 'internal_error',
  502: 'bad_gateway',
  503: 'unavailable',
  504: 'gateway_timeout',
}

const failCodes: Readonly<Record<string, string>> = {
  content_policy: 'content_policy_violation',
  internal: 'internal_error',
  no_face: 'face_not_found',
  overloaded: 'overloaded',
}

/**
 * Reads one fault, without brackets; `ownNames` are those of a contract's own. Throws Failure INVALID_REQUEST 'fault-unknown' (400)
 * naming it.
 */
export function parseFault(text: string, ownNames: readonly string[] = []): Fault {
  const [name = '', ...rest] = text.trim().toLowerCase().split(':')
  const words = rest.filter((part) => !part.includes('='))
  const options = new Map(rest.filter((part) => part.includes('=')).map((part) => splitOption(part)))
  const take = (key: string): string | undefined => {
    const value = options.get(key)
    options.delete(key)
    return value
  }
  const number = (value: string | undefined, from: number, to: number): number => {
    const read = value?.trim() ? Number(value) : Number.NaN
    if (!(read >= from && read <= to)) throw unknown(text)
    return read
  }
  const one = <T extends string>(of: readonly T[], value: string | undefined): T => {
    const found = of.find((each) => each === value)
    if (found === undefined) throw unknown(text)
    return found
  }
  const readWhole = (): Fault => {
    const timesText = take('times')
    const times = timesText === undefined ? null : number(timesText, 1, 1e6)
    const wire = (effect: WireEffect, defaults: { on?: string | undefined; times?: number } = {}): Fault => ({
      text,
      on: one(places, take('on') ?? defaults.on ?? 'submit'),
      times: times ?? defaults.times ?? Number.POSITIVE_INFINITY,
      wire: effect,
    })
    const job = (effect: JobEffect): Fault => ({ text, times: times ?? Number.POSITIVE_INFINITY, job: effect })
    const [word, second] = [words.shift(), words.shift()]
    if (ownNames.includes(name)) {
      const value = second === undefined ? (word ?? '') : `${word}:${second}`
      return { text, times: times ?? Number.POSITIVE_INFINITY, own: { name, value } }
    }
    switch (name) {
      case 'http': {
        const status = number(word, 400, 599)
        const retry = take('retry')
        const code = take('code') ?? httpCodes[status] ?? 'error'
        return wire({
          kind: 'http',
          status,
          code,
          retryAfterSeconds: retry === undefined ? null : number(retry, 0, 1e6),
        })
      }
      case 'refuse':
        return wire({ kind: 'http', status: 422, code: 'content_policy_violation', retryAfterSeconds: null })
      case 'timeout':
      case 'cut': {
        const when = one(['before', 'after'], word ?? 'before')
        // What was accepted unheard can be asked for again: the second time it is answered.
        return wire(
          { kind: name === 'cut' ? 'cut' : 'silence', when },
          { on: second, ...(when === 'after' && { times: 1 }) },
        )
      }
      case 'json':
        one(['broken'], word)
        return wire({ kind: 'broken-json' }, { on: second })
      case 'fail':
        return job({ kind: 'fail', code: failCodes[word ?? 'internal'] ?? word ?? '' })
      case 'slow':
        return job({ kind: 'slow', seconds: number(word, 0, 86_400) })
      case 'stuck':
        return job({ kind: 'stuck', progress: number(word ?? '97', 0, 99) })
      case 'sync':
      case 'minimal':
        return job({ kind: name })
      case 'status':
        one(['unknown'], word)
        return job({ kind: 'unknown-status' })
      case 'file':
        return job({ kind: 'file', defect: one(fileDefects, word) })
      case 'webhook':
        return job({ kind: 'webhook', mode: one(webhookModes, word) })
      default:
        throw unknown(text)
    }
  }
  const fault = readWhole()
  if (options.size > 0 || words.length > 0) throw unknown(text)
  return fault
}

const marker = /\[\[([^[\]]*)\]\]/g

/** A script parted into the words to be spoken and the faults asked for. Throws like parseFault. */
export function readScript(
  text: string,
  ownNames: readonly string[] = [],
): { readonly spoken: string; readonly faults: readonly Fault[] } {
  const faults = [...text.matchAll(marker)].map(([, inner = '']) => parseFault(inner, ownNames))
  return { spoken: text.replace(marker, ' ').replace(/[ \t]+/g, ' ').trim(), faults } // biome-ignore format: one step
}

function splitOption(part: string): readonly [string, string] {
  const at = part.indexOf('=')
  return [part.slice(0, at), part.slice(at + 1)]
}

function unknown(text: string): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 400,
    reason: 'fault-unknown',
    message: `The sandbox knows no fault '${text.slice(0, 80)}'.`,
    hint: 'docs/sandbox.md lists them, e.g. http:429:retry=2, fail:content_policy, timeout:after, file:silent.',
  })
}
