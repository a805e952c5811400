/**
 * The queue for a machine's cores, as it can be told to those who wait: how many come first, and for how long. Times are
 * estimates, so admission leaves room: whoever is let in should be done within the time they gave.
 */
import { Failure } from '../errors.ts'
import type { Priority, QueuePlace } from './generation.ts'
import type { Clock, GenerationStore, QueuedWork } from './ports.ts'

export interface QueueLimits {
  /** Works at once on the workers that are known of. */
  readonly places: number
  /** Works that may wait. */
  readonly maxWaiting: number
}

/** For estimates that are too short: chosen, not measured. In bench/load.ts the last of 24 was told 187 s and waited 175. */
const room = 1.5

/** Lower comes first. */
export const priorityRank: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 }

/** The place of a newcomer of this priority, or of the work `of`. */
export function placeInQueue(
  works: readonly QueuedWork[],
  { places, priority, of }: { readonly places: number; readonly priority: Priority; readonly of?: string },
): QueuePlace {
  const running = works.filter(({ isRunning }) => isRunning)
  const waiting = works.filter((work) => !work.isRunning)
  const own = of === undefined ? -1 : waiting.findIndex(({ id }) => id === of)
  const before =
    own === -1 ? waiting.filter((work) => priorityRank[work.priority] <= priorityRank[priority]) : waiting.slice(0, own)
  /** When each place is free, seconds from now. */
  const free = running.map(({ secondsLeft }) => secondsLeft)
  while (free.length < places) free.push(0)
  const earliest = () => free.indexOf(Math.min(...free))
  for (const { secondsLeft } of before) free[earliest()]! += secondsLeft
  const waitSeconds = free[earliest()]!
  const isFree = before.length + running.length < Math.max(places, running.length)
  return { ahead: isFree ? 0 : before.length + running.length, waitSeconds: Math.round(waitSeconds * 10) / 10 }
}

/**
 * Lets a request wait, or says when to come back.
 * @throws Failure PROVIDER_ERROR 503 'queue-full'
 */
export async function admit(
  { store, queue }: { readonly store: Pick<GenerationStore, 'queuedWorks'>; readonly queue: QueueLimits },
  {
    priority,
    timeoutSeconds,
    processingSeconds,
  }: {
    readonly priority: Priority
    readonly timeoutSeconds: number
    readonly processingSeconds: number
  },
): Promise<QueuePlace> {
  const works = await store.queuedWorks()
  const place = placeInQueue(works, { places: queue.places, priority })
  const waiting = works.filter(({ isRunning }) => !isRunning).length
  const needed = room * (place.waitSeconds + processingSeconds)
  // Coming back later helps only where it is the wait that makes it late.
  const isLate = place.ahead > 0 && needed > timeoutSeconds && room * processingSeconds <= timeoutSeconds
  if (waiting < queue.maxWaiting && !isLate) return place
  const secondsEach = works.length === 0 ? 1 : place.waitSeconds / Math.max(1, place.ahead)
  const retryAfterSeconds = Math.max(1, secondsEach, (needed - timeoutSeconds) / room)
  throw queueFull(waiting, place.waitSeconds, retryAfterSeconds, queue)
}

/**
 * The same before a provider that allows only so many calls at once. Not asked again under a lock: the order there is fair
 * whoever came in, so one too many does no harm.
 * @throws Failure PROVIDER_ERROR 503 'queue-full'
 */
export async function admitToProvider(
  { store, queue }: { readonly store: Pick<GenerationStore, 'slotsOf'>; readonly queue: QueueLimits },
  provider: string,
  maxConcurrent: number,
  { timeoutSeconds, processingSeconds }: { readonly timeoutSeconds: number; readonly processingSeconds: number },
): Promise<void> {
  const waiting = (await store.slotsOf(provider)).filter(({ slot }) => slot === 'waiting').length
  if (waiting === 0) return
  const secondsEach = processingSeconds / maxConcurrent
  const waitSeconds = Math.round((waiting + 1) * secondsEach * 10) / 10
  const needed = room * (waitSeconds + processingSeconds)
  const isLate = needed > timeoutSeconds && room * processingSeconds <= timeoutSeconds
  if (waiting < queue.maxWaiting && !isLate) return
  throw queueFull(waiting, waitSeconds, Math.max(1, secondsEach, (needed - timeoutSeconds) / room), queue)
}

function queueFull(
  waiting: number,
  waitSeconds: number,
  retryAfterSeconds: number,
  { maxWaiting }: QueueLimits,
): Failure {
  return new Failure('PROVIDER_ERROR', {
    status: 503,
    reason: 'queue-full',
    message: `${waiting} generations are waiting already; this one would start in about ${Math.ceil(waitSeconds)} seconds.`,
    hint: waiting < maxWaiting ? 'Come back later, or give it a longer timeout.' : 'Come back later.',
    retryable: true,
    retryAfterSeconds: Math.ceil(retryAfterSeconds),
    extra: { waiting, expected_wait_seconds: waitSeconds },
  })
}

/** Tells all who wait where they stand now; only those whose place changed get an event. */
export function tellPlaces({
  store,
  clock,
  queue,
}: {
  readonly store: GenerationStore
  readonly clock: Clock
  readonly queue: QueueLimits
}): () => Promise<void> {
  return async () => {
    const works = await store.queuedWorks()
    const waiting = works.filter(({ isRunning }) => !isRunning)
    if (waiting.length === 0) return
    const places = waiting.map(({ id, priority }) => ({
      workId: id,
      queue: placeInQueue(works, { places: queue.places, priority, of: id }),
    }))
    await store.tellPlaces(places, clock.now())
  }
}
