/**
 * What a request says of models and money, in the words of this installation: a model's other name becomes its id, an amount
 * in another currency one in ours.
 */
import { Failure } from '../errors.ts'
import type { NamedModel } from '../providers/model-registry.ts'
import type { Money, Settings } from './generation.ts'
import type { AcceptedGeneration, GenerationRequest, RequestGeneration, Warning } from './use-cases.ts'

/** An amount as it was asked for; without a currency it is in the installation's. */
export interface AskedMoney {
  /** Integer micro-units. */
  readonly micros: number
  readonly currency: string | null
}

export interface WishParts {
  readonly findModel: (name: string) => NamedModel
  /** Why that tenant does not get the model, or null. */
  readonly whyNot: (id: string, tenantId: string) => string | null
  /** ISO 4217: what this installation counts in. */
  readonly currency: string
  /** Null when no rate is known. A bound is rounded down. */
  readonly convert: (money: Money, rounding: 'down') => Money | null
  /** Currencies that have a rate, the installation's own included. */
  readonly currencies: readonly string[]
}

export interface Wishes {
  readonly model?: string
  readonly costLimit?: AskedMoney
}

/** Before anything is looked up or made: `requestGeneration` then sees ids and one currency only. */
export function withWishesSettled(parts: WishParts, requestGeneration: RequestGeneration): RequestGeneration {
  return async ({ costLimit, ...request }: GenerationRequest): Promise<AcceptedGeneration> => {
    const { model } = request.settings
    const wishes = { ...(model !== undefined && { model }), ...(costLimit && { costLimit }) }
    const settled = settleWishes(parts, request.caller.tenantId, wishes)
    const accepted = await requestGeneration({ ...request, settings: { ...request.settings, ...settled.settings } })
    return { ...accepted, warnings: [...settled.warnings, ...accepted.warnings] }
  }
}

/** @throws Failure INVALID_MODEL 'model-unknown' | 'model-unavailable'; INVALID_REQUEST 'currency-unknown' */
export function settleWishes(
  parts: WishParts,
  tenantId: string,
  { model, costLimit }: Wishes,
): { readonly settings: Pick<Settings, 'model' | 'costLimit'>; readonly warnings: readonly Warning[] } {
  const named = model === undefined ? null : nameModel(parts, tenantId, model)
  return {
    settings: {
      ...(named && { model: named.id }),
      ...(costLimit && { costLimit: inOurCurrency(parts, costLimit) }),
    },
    warnings: named?.warning ? [{ code: 'model-renamed', message: named.warning }] : [],
  }
}

function nameModel({ findModel, whyNot }: WishParts, tenantId: string, name: string) {
  const named = findModel(name)
  if (named.kind === 'unknown') {
    throw new Failure('INVALID_MODEL', {
      reason: 'model-unknown',
      message: named.why ?? 'There is no model of that name.',
      hint: `Known models: ${named.known.join(', ')}. Leave model out to have one chosen.`,
      extra: { known: named.known },
    })
  }
  const why = whyNot(named.id, tenantId)
  if (why === null) return named
  throw new Failure('INVALID_MODEL', {
    reason: 'model-unavailable',
    message: `${named.id} is not available: ${why}.`,
    hint: 'GET /api/v1/models?available=true lists those that are. Leave model out to have one chosen.',
  })
}

function inOurCurrency({ convert, currency: own, currencies }: WishParts, { micros, currency }: AskedMoney): Money {
  const converted = convert({ micros, currency: currency ?? own }, 'down')
  if (converted) return converted
  throw new Failure('INVALID_REQUEST', {
    reason: 'currency-unknown',
    message: `No exchange rate of ${currency} is known here.`,
    hint: `Name the amount in one of: ${currencies.join(', ')}.`,
    extra: { known: currencies },
  })
}
