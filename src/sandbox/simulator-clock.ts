/** Time as the simulator sees it: real in the command, virtual in tests, which advance it themselves. */
export interface SimulatorClock {
  now(): Date
  /** Runs `run` once, `ms` milliseconds from now; the answer takes it back. */
  after(ms: number, run: () => void): () => void
  /** Present where time is virtual. */
  readonly advance?: (ms: number) => void
}

export interface VirtualClock extends SimulatorClock {
  /** Moves time on and runs what falls due on the way, in the order of its time. */
  readonly advance: (ms: number) => void
}

export function createRealClock(): SimulatorClock {
  return {
    now: () => new Date(),
    after(ms, run) {
      const timer = setTimeout(run, ms)
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

export function createVirtualClock(start = '2025-09-13T10:30:00.000Z'): VirtualClock {
  let nowMs = Date.parse(start)
  let waiting: { readonly dueMs: number; readonly run: () => void }[] = []
  return {
    now: () => new Date(nowMs),
    after(ms, run) {
      const timer = { dueMs: nowMs + Math.max(0, ms), run }
      waiting.push(timer)
      return () => {
        waiting = waiting.filter((other) => other !== timer)
      }
    },
    advance(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        const [next] = waiting.filter(({ dueMs }) => dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)
        if (!next) break
        waiting = waiting.filter((other) => other !== next)
        nowMs = next.dueMs
        next.run()
      }
      nowMs = untilMs
    },
  }
}

/** Resolves `ms` milliseconds from now by this clock. */
export function wait(clock: SimulatorClock, ms: number): Promise<void> {
  return ms <= 0 ? Promise.resolve() : new Promise((done) => void clock.after(ms, done))
}
