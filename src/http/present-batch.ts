/** What came of a batch as public JSON. */
import { Failure } from '../errors.ts'
import type { BatchResult } from '../generations/use-cases.ts'
import { presentMoney } from '../realtime/present-money.ts'
import { pollAfterSeconds, presentGeneration } from './present-generation.ts'
import { presentWarnings } from './present-photo.ts'
import { toProblem } from './problem.ts'
import type { PublicBatchResult } from './schemas/batch.ts'

export function presentBatch(
  { outcomes, estimate }: BatchResult,
  about: { readonly instance: string; readonly requestId: string },
): PublicBatchResult {
  const items = outcomes.map((outcome, index): PublicBatchResult['items'][number] => {
    if (outcome instanceof Failure) {
      return { index, status: outcome.status, generation: null, problem: toProblem(outcome, about) }
    }
    const { generation, warnings } = outcome
    const status = generation.status === 'completed' ? 200 : 202
    const body = { ...presentGeneration(generation), warnings: presentWarnings(warnings) }
    return { index, status, generation: body, problem: null }
  })
  const withStatus = (wanted: number) => items.filter(({ status }) => status === wanted).length
  const accepted = withStatus(202)
  const cached = withStatus(200)
  const refused = items.length - accepted - cached
  return { items, summary: { accepted, cached, refused, estimate: presentMoney(estimate) } }
}

/** Seconds after which the first of them may have moved, or a refused one is worth another try; null: nothing to wait for. */
export function pollBatchAfterSeconds({ outcomes }: BatchResult): number | null {
  const waits = outcomes.flatMap((outcome) => {
    if (outcome instanceof Failure) {
      return outcome.retryAfterSeconds === undefined ? [] : [Math.ceil(outcome.retryAfterSeconds)]
    }
    return outcome.generation.status === 'completed' ? [] : [pollAfterSeconds(outcome.generation)]
  })
  return waits.length === 0 ? null : Math.min(...waits)
}
