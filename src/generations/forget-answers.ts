/**
 * Stored answers are thrown away: the next equal request makes a new video, and those who have the old one keep it. The rows
 * decide what may answer, so they come first; what the caches of the nodes still say is then told nothing by them.
 */
import type { GenerationStore } from './ports.ts'
import type { ForgetAnswers } from './use-cases.ts'

/** All that are given must hold; none: every answer. */
export interface AnswerSelector {
  /** As `answerName` makes it. */
  readonly name?: string
  /** The same with '*' for anything. */
  readonly pattern?: string
  readonly provider?: string
  readonly model?: string
  readonly user?: string
}

export interface ForgetParts {
  readonly store: Pick<GenerationStore, 'forgetAnswers'>
  /** Throws away what the caches hold, on every node. */
  readonly invalidate: (
    selector: AnswerSelector,
  ) => Promise<{ readonly memory: number; readonly redis: number | 'pending' }>
}

export function forgetAnswers({ store, invalidate }: ForgetParts): ForgetAnswers {
  return async (selector) => {
    const answers = await store.forgetAnswers(selector)
    return { answers, ...(await invalidate(selector)) }
  }
}
