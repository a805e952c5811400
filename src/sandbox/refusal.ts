/** What a contract's error says; how it is written down is the contract's own (`errorBody`). */
export interface WireError {
  readonly status: number
  readonly code: string
  readonly message: string
  /** Path of the field that is wrong. */
  readonly field?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that is answered with an error of the contract. A violation is one that the contract does not know at all. */
export class Refusal extends Error {
  readonly wire: WireError
  readonly isViolation: boolean

  constructor(wire: WireError, isViolation = false) {
    super(wire.message)
    this.wire = wire
    this.isViolation = isViolation
  }
}

export function violation(wire: WireError & { readonly field: string }): Refusal {
  return new Refusal(wire, true)
}

/** A violation of the usual kind: 400. */
export function invalid(field: string, message: string): Refusal {
  return violation({ status: 400, code: 'invalid_request', field, message })
}
