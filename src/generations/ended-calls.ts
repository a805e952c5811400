/** The calls of an attempt, as far as they are over: what its provider is told of them, and what comes next. */
import type { CallPlan, EndedCall, Json, Provider, SpeakingRequest } from '../providers/provider.ts'
import type { StoredOutput } from './bring-files.ts'
import type { Call } from './work.ts'

/** Completed, or lost for good. */
export function isOver({ state, finishedAt }: Pick<Call, 'state' | 'finishedAt'>): boolean {
  return state === 'completed' || finishedAt !== null
}

/** The route's own calls that are over, as its provider is told of them. */
export function endedCalls(calls: readonly Call[]): readonly EndedCall[] {
  return calls
    .filter((call) => call.maker === 'route' && isOver(call))
    .map(({ name, state, keeps }) => ({
      name,
      state: state === 'completed' ? 'completed' : 'lost',
      keeps: (keeps ?? null) as Json,
    }))
}

/** What the provider wants to do next, or is doing. */
export function plannedCall(
  provider: Provider,
  request: SpeakingRequest,
  calls: readonly Call[],
): CallPlan | 'done' | 'hopeless' {
  const ended = endedCalls(calls)
  return ended.length === 0 ? provider.plan(request) : provider.next(request, ended)
}

export function storedOutputs({ outputs }: Pick<Call, 'outputs'>): readonly StoredOutput[] {
  return Array.isArray(outputs) ? (outputs as readonly StoredOutput[]) : []
}

/** The newest file of that role, by whichever of the calls. */
export function newestOutput(calls: readonly Call[], role: StoredOutput['role']): StoredOutput | null {
  const completed = calls.filter(({ state }) => state === 'completed')
  return completed.flatMap(storedOutputs).findLast((output) => output.role === role) ?? null
}

/** Files that nobody needs once the attempt is over: an equal call may take those of a reusable one again. */
export function leftoverKeys(calls: readonly Call[]): readonly string[] {
  return calls
    .filter(({ state, reuseKey }) => reuseKey === null || state !== 'completed')
    .flatMap(storedOutputs)
    .map(({ key }) => key)
}
