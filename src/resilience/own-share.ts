/**
 * Requests counted in this process, in spells that begin with their first one: its share of a limit that several processes
 * have together. In a spell that the processes had begun to count together the share is one of what was left of it.
 */

export interface OwnShare {
  /** Takes one. @returns milliseconds to wait before asking again; 0: taken */
  take(): number
  /** What all have used of the spell that runs, as it was last counted together. */
  learn(used: number, leftMs: number): void
}

export interface ShareOptions {
  /** In a spell, of all processes. */
  readonly limit: number
  readonly spellMs: number
  /** How many share it; asked each time. Each may send one a spell, however many they are. */
  readonly processes: () => number
  readonly now: () => number
}

export function createOwnShare({ limit, spellMs, processes, now }: ShareOptions): OwnShare {
  let together = { used: 0, endsMs: 0 }
  let spell = { before: 0, used: 0, endsMs: 0 }
  const allowed = () => {
    const share = Math.floor(Math.max(0, limit - spell.before) / Math.max(1, processes()))
    return spell.before === 0 ? Math.max(1, share) : share
  }
  return {
    take() {
      const nowMs = now()
      if (nowMs >= spell.endsMs) {
        spell =
          nowMs < together.endsMs
            ? { before: together.used, used: 0, endsMs: together.endsMs }
            : { before: 0, used: 0, endsMs: nowMs + spellMs }
      }
      if (spell.used >= allowed()) return spell.endsMs - nowMs
      spell.used += 1
      return 0
    },
    learn(used, leftMs) {
      together = { used, endsMs: now() + leftMs }
    },
  }
}
