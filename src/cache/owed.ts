/**
 * What Redis is still to be told to throw away: it was away. As long as anything is owed, nothing may be read from it. Bounded:
 * who owes too much lets Redis throw everything away.
 */
import type { Selector } from './cache.ts'
import type { Place } from './redis-tier.ts'

export type Debt = { readonly selector: Selector } | { readonly place: Place }

const limit = 1000

export interface Owed {
  count(): number
  add(debt: Debt): void
  /** Pays what it can; whoever asks meanwhile waits for the same. True when nothing is owed any more. */
  pay(): Promise<boolean>
}

/** @param payOne true when it is done. @param onPaid after something was paid */
export function createOwed(payOne: (debt: Debt) => Promise<boolean>, onPaid: (debt: Debt) => void): Owed {
  let debts: Debt[] = []
  let paying: Promise<boolean> | null = null

  async function payAll(): Promise<boolean> {
    for (let debt = debts[0]; debt; debt = debts[0]) {
      if (!(await payOne(debt))) return false
      onPaid(debt)
      // While it was paid, all may have become one.
      if (debts[0] === debt) debts.shift()
    }
    return true
  }

  return {
    count: () => debts.length,
    add(debt) {
      if (debts.length >= limit) debts = [{ selector: {} }]
      else debts.push(debt)
    },
    pay() {
      paying ??= payAll().finally(() => {
        paying = null
      })
      return paying
    },
  }
}
