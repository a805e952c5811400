/** Gives works their turn. Who asks for the same work again, within the last 10 000, gets the same turn. */
export function createTurns(remembered = 10_000): (seed: string) => number {
  const turns = new Map<string, number>()
  let next = 0
  return (seed) => {
    const known = turns.get(seed)
    if (known !== undefined) return known
    const turn = next
    next += 1
    turns.set(seed, turn)
    if (turns.size > remembered) turns.delete(turns.keys().next().value!)
    return turn
  }
}
