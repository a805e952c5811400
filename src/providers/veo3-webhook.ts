/** The veo3 contract's webhooks: signed with a secret, at most two minutes old. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WebhookRequest, WebhookVerdict } from './provider.ts'

const toleranceSeconds = 120
const mostSignatures = 10

const body = z.object({ job_id: z.union([z.string().min(1).max(200), z.number()]).transform(String) })
const eventIdHeader = z.string().regex(/^[\x21-\x7e]{1,200}$/)

/** @param secrets any one of them may have signed: one takes the place of another without a gap */
export function createVeo3Webhook(secrets: readonly string[]): (request: WebhookRequest) => WebhookVerdict {
  return ({ rawBody, headers, now }) => {
    const signed = readSignature(headers['x-veo3-signature'])
    if (!signed) return refused('its signature is missing or cannot be read')
    if (Math.abs(now.getTime() / 1000 - Number(signed.timestamp)) > toleranceSeconds)
      return refused('it is too old or too new')
    const expected = secrets.map((secret) =>
      createHmac('sha256', secret).update(`${signed.timestamp}.`).update(rawBody).digest(),
    )
    // All are compared, whichever fits: the time says nothing.
    const matches = expected.flatMap((mac) => signed.signatures.map((given) => timingSafeEqual(mac, given)))
    if (!matches.includes(true)) return refused('its signature is wrong')
    const read = body.safeParse(parseJson(rawBody))
    if (!read.success) return refused('its body names no job')
    const eventId = eventIdHeader.safeParse(headers['x-veo3-event-id']).data
    return {
      kind: 'hint',
      eventId: eventId ?? createHash('sha256').update(rawBody).digest('hex'),
      jobId: read.data.job_id,
    }
  }
}

/** `t=<unix seconds>,v1=<hex>`, with one v1 or several; other schemes beside them are passed over. */
function readSignature(header: unknown): { readonly timestamp: string; readonly signatures: readonly Buffer[] } | null {
  if (typeof header !== 'string' || header.length > 2000) return null
  const parts = header.split(',').map((part) => part.trim())
  const timestamps = parts.filter((part) => part.startsWith('t=')).map((part) => part.slice(2))
  const signatures = parts
    .filter((part) => /^v1=[\da-f]{64}$/i.test(part))
    .map((part) => Buffer.from(part.slice(3), 'hex'))
  const [timestamp = ''] = timestamps
  const isWhole = timestamps.length === 1 && /^\d{1,12}$/.test(timestamp)
  return isWhole && signatures.length > 0 && signatures.length <= mostSignatures ? { timestamp, signatures } : null
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
