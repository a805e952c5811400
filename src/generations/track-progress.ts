/**
 * Carries a call's progress into the log: at most four events a second, one write at a time, the newest of a stage wins.
 * The time left is told only once enough frames have been timed to know it. When the row has moved on, the signal
 * given to the call is aborted: a cancelled work stops even if no message about it ever arrived.
 */
import type { CallProgress } from '../providers/provider.ts'
import { Overtaken } from './commit-step.ts'
import type { Clock, GenerationStore } from './ports.ts'
import type { Work } from './work.ts'

const intervalMs = 250
/** Below this share of a stage its rate says little. */
const knownShare = 0.04
/** After the last frame the encoder ends and the file is decoded for the check: measured 1.7 s after 12 s of frames. */
const tailSeconds = 0.6
const tailShare = 0.1

/** 1 was given for choosing, 98 comes with storing. */
export function overallProgress(fraction: number): number {
  return Math.round(1 + 96 * Math.min(1, Math.max(0, fraction)))
}

export interface ProgressTracker {
  /** Aborts with the caller's signal, or with Overtaken. */
  readonly signal: AbortSignal
  readonly report: (progress: CallProgress) => void
  /** Waits for the last write. @throws Overtaken. */
  settle(): Promise<void>
  /** Why the tracker aborted its signal, or null when it did not. */
  stopped(): unknown
  /** Waits for the last write, whatever came of it. */
  close(): Promise<void>
}

export function trackProgress(
  {
    store,
    clock,
    at,
  }: { readonly store: GenerationStore; readonly clock: Clock; readonly at: (point: string) => void },
  work: Work,
  signal: AbortSignal,
): ProgressTracker {
  const overtaken = new AbortController()
  let writing: Promise<void> | null = null
  /** The newest of each stage, in order: a stage's last word is not lost to the next one's first. */
  const waiting: CallProgress[] = []
  let stage = ''
  let stageStartedMs = 0
  let lastWrittenMs = Number.NEGATIVE_INFINITY
  let failure: unknown = null

  const etaSeconds = ({ done, total }: CallProgress, nowMs: number): number | null => {
    if (stage !== 'frames' || total <= 0 || done / total < knownShare) return null
    const secondsPerUnit = (nowMs - stageStartedMs) / 1000 / done
    const tail = tailSeconds + tailShare * total * secondsPerUnit
    return Math.round(((total - done) * secondsPerUnit + tail) * 10) / 10
  }

  const write = async (progress: CallProgress) => {
    const now = clock.now()
    lastWrittenMs = now.getTime()
    const goesOn = await store.appendProgress(
      work.id,
      work.version,
      overallProgress(progress.fraction),
      {
        type: 'progress',
        step: work.step ?? 'start',
        stage: progress.stage,
        done: progress.done,
        total: progress.total,
        etaSeconds: etaSeconds(progress, now.getTime()),
      },
      now,
    )
    if (!goesOn) overtaken.abort(new Overtaken(work.id))
    if (progress.stage === 'frames') at('rendering')
  }

  const pump = async () => {
    for (let next = waiting.shift(); next && failure === null && !overtaken.signal.aborted; next = waiting.shift()) {
      await write(next)
    }
  }

  const done = async () => {
    await writing
  }

  return {
    signal: AbortSignal.any([signal, overtaken.signal]),
    report(progress) {
      const nowMs = clock.now().getTime()
      const stageBegins = progress.stage !== stage
      if (stageBegins) [stage, stageStartedMs] = [progress.stage, nowMs]
      const stageEnds = progress.done >= progress.total
      if (!stageBegins && !stageEnds && nowMs - lastWrittenMs < intervalMs) return
      if (waiting.at(-1)?.stage === progress.stage) waiting.pop()
      waiting.push(progress)
      writing ??= pump()
        .catch((error: unknown) => {
          failure = error
          overtaken.abort(error)
        })
        .finally(() => {
          writing = null
        })
    },
    async settle() {
      await done()
      if (failure !== null) throw failure
      if (overtaken.signal.aborted) throw overtaken.signal.reason
    },
    stopped: () => (overtaken.signal.aborted ? overtaken.signal.reason : null),
    close: done,
  }
}
