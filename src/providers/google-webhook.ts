/** Google's static webhooks: signed as Standard Webhooks are, with a secret of the account, at most five minutes old. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WebhookRequest, WebhookVerdict } from './provider.ts'

const toleranceSeconds = 300
const mostSignatures = 10
const eventId = z.string().regex(/^[\x21-\x7e]{1,200}$/)
/** Of Veo's events it is the operation's name, of others the interaction's id. */
const body = z.object({ data: z.object({ id: z.string().min(1).max(400) }) })

/** @param secrets as 'whsec_…'; any one of them may have signed: one takes the place of another without a gap */
export function createGoogleWebhook(secrets: readonly string[]): (request: WebhookRequest) => WebhookVerdict {
  const keys = secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
  return ({ rawBody, headers, now }) => {
    const id = eventId.safeParse(headers['webhook-id']).data
    const timestamp = headers['webhook-timestamp']
    const signatures = readSignatures(headers['webhook-signature'])
    if (id === undefined || typeof timestamp !== 'string' || signatures.length === 0)
      return refused('its signature is missing or cannot be read')
    const age = /^\d{1,12}$/.test(timestamp) ? Math.abs(now.getTime() / 1000 - Number(timestamp)) : Number.NaN
    if (!(age <= toleranceSeconds)) return refused('it is too old or too new')
    const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest())
    // All are compared, whichever fits: the time says nothing.
    const matches = expected.flatMap((mac) => signatures.map((given) => timingSafeEqual(mac, given)))
    if (!matches.includes(true)) return refused('its signature is wrong')
    const read = body.safeParse(parseJson(rawBody))
    if (!read.success) return refused('its body names nothing')
    return { kind: 'hint', eventId: id, jobId: read.data.data.id }
  }
}

/** 'v1,<base64>', one or several between blanks; other schemes beside them are passed over. */
function readSignatures(header: unknown): readonly Buffer[] {
  if (typeof header !== 'string' || header.length > 2000) return []
  return header
    .split(' ')
    .flatMap((part) => (part.startsWith('v1,') ? [Buffer.from(part.slice(3), 'base64')] : []))
    .filter(({ length }) => length === 32)
    .slice(0, mostSignatures)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function refused(why: string): WebhookVerdict {
  return { kind: 'refused', why }
}
