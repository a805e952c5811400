import type { WireError } from './wire-answers.ts'

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
