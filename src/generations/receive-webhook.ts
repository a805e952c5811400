/**
 * A vendor's word that something came of a call. It is verified and then only a hint: the next look is made at once instead
 * of later, and that look is believed. Whoever repeats a delivery, or sends them out of order, changes nothing.
 */
import { Failure } from '../errors.ts'
import type { Provider, WebhookRequest } from '../providers/provider.ts'
import { commitWithin, Overtaken } from './commit-step.ts'
import { adoptWithin } from './late-results.ts'
import type { Clock, GenerationStore } from './ports.ts'
import type { ReceiveWebhook, WebhookEffect } from './use-cases.ts'
import type { Attempt, Call, Work } from './work.ts'

export interface WebhookParts {
  readonly store: GenerationStore
  readonly providers: ReadonlyMap<string, Provider>
  readonly clock: Clock
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
}

export function receiveWebhook(parts: WebhookParts): ReceiveWebhook {
  const { store, providers, clock, log } = parts
  return async (providerId, { rawBody, headers }) => {
    const now = clock.now()
    const verify = providers.get(providerId)?.webhook
    if (!verify) throw unknownSender(providerId)
    const verdict = verify({ rawBody, headers, now } satisfies WebhookRequest)
    if (verdict.kind === 'refused') {
      log.warn({ event: 'webhook_refused', provider: providerId, why: verdict.why }, 'a webhook was refused')
      throw new Failure('AUTHENTICATION_FAILED', {
        reason: 'webhook-refused',
        message: `This is not accepted as the provider's word: ${verdict.why}.`,
        hint: "Sign it with the secret that both sides know, with this minute's time.",
      })
    }
    const { eventId, jobId } = verdict
    const found = await store.findCall(providerId, jobId)
    // It may have come before our own row: the vendor sends it again.
    if (!found) throw unknownCall()
    const effect = await take(parts, providerId, eventId, found).catch((error: unknown) => {
      // Somebody is looking right now.
      if (error instanceof Overtaken) return 'nothing' as const
      throw error
    })
    log.info(
      { event: 'webhook_received', provider: providerId, event_id: eventId, call_id: found.call.id, effect },
      'a vendor sent word',
    )
    return effect
  }
}

async function take(
  parts: WebhookParts,
  providerId: string,
  eventId: string,
  { call, attempt, work }: { readonly call: Call; readonly attempt: Attempt; readonly work: Work },
): Promise<WebhookEffect> {
  const { store, clock } = parts
  const now = clock.now()
  const isPolled = attempt.state === 'open' && work.step === 'poll' && call.state === 'pending'
  const isLate = attempt.state === 'expired' || attempt.state === 'unknown'
  const isOpen = work.state === 'open'
  const isFree = isOpen && isLate && call.operation !== null && (await nothingIsPaid(store, work))
  const effect: WebhookEffect = isOpen && isPolled ? 'looked' : isFree ? 'adopted' : isLate ? 'late' : 'nothing'
  return store.transaction(async (tx) => {
    if (!(await tx.insertWebhookDelivery(providerId, eventId, now))) return 'known'
    if (effect === 'looked') await commitWithin(tx, clock, work, { changes: {}, next: { step: 'poll' } })
    if (effect === 'adopted') {
      const end = { state: 'cancelled', failure: null, finishedAt: now } as const
      await adoptWithin(tx, clock, work, attempt, call, { end, callEnd: null })
    }
    // A worker looks whether it is to be paid.
    if (effect === 'late' && !isOpen) {
      await tx.enqueue({ workId: work.id, version: work.version, lane: 'quick', priority: work.settings.priority })
    }
    return effect
  })
}

/** The attempt under way may give way to a late result as long as nothing of it was sent. */
async function nothingIsPaid(store: GenerationStore, work: Work): Promise<boolean> {
  const current = (await store.listAttempts(work.id)).find(({ state }) => state === 'open')
  return current !== undefined && current.calls.length === 0
}

function unknownSender(providerId: string): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'provider-not-found',
    message: 'No provider of that name sends word here.',
    hint: 'The address is /webhooks/<provider> of one that has a key here: see /health.',
    extra: { provider: providerId.slice(0, 64) },
  })
}

function unknownCall(): Failure {
  return new Failure('INVALID_REQUEST', {
    status: 404,
    reason: 'call-not-found',
    message: 'No call of that name is known here, or not yet.',
    hint: 'Send it again in a few seconds.',
  })
}
