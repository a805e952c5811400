/** The problems of an operation as answers of the document: one per status, which names its reasons and shows each. */
import type { ZodOpenApiResponseObject } from 'zod-openapi'
import { catalogue, Failure } from '../../errors.ts'
import { toProblem } from '../problem.ts'
import { exampleRequestId } from './examples.ts'
import { allow, retryAfter, unsatisfiedRange } from './headers.ts'
import { type Reason, reasons } from './reasons.ts'

/** @param instance the path that the examples speak of */
export function problemAnswers(
  ofOperation: readonly Reason[],
  instance: string,
): Record<string, ZodOpenApiResponseObject> {
  const answers: Record<string, ZodOpenApiResponseObject> = {}
  const statuses = [...new Set(ofOperation.map((reason) => reasons[reason].status))].sort()
  for (const status of statuses) {
    answers[status] = problemAnswer(
      ofOperation.filter((reason) => reasons[reason].status === status),
      instance,
    )
  }
  return answers
}

/** @param named reasons of one status */
export function problemAnswer(named: readonly Reason[], instance: string): ZodOpenApiResponseObject {
  const facts = named.map((reason) => reasons[reason])
  const status = facts[0]!.status
  return {
    description: named.map((reason) => `\`${reason}\`: ${reasons[reason].means}`).join('  \n'),
    headers: {
      'Retry-After': retryAfter,
      ...(status === 405 && { Allow: allow }),
      ...(status === 416 && { 'Content-Range': unsatisfiedRange }),
    },
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            {
              type: 'object',
              properties: {
                status: { const: status },
                code: { enum: [...new Set(facts.map(({ code }) => code))] },
                reason: { enum: [...new Set(named)] },
              },
            },
          ],
        },
        examples: Object.fromEntries(named.map((reason) => [reason, { value: exampleProblem(reason, instance) }])),
      },
    },
  }
}

function exampleProblem(reason: Reason, instance: string) {
  const { code, status, means } = reasons[reason]
  const { retryable } = catalogue[code]
  const failure = new Failure(code, { reason, status, message: means, hint: 'What to do about it.', retryable })
  return toProblem(failure, { instance, requestId: exampleRequestId })
}
