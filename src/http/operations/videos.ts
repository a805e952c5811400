/** Reading, listing, cancelling and deleting generations, described. */
import { z } from 'zod'
import { cancelledGeneration, completedGeneration, exampleGenerationId, queuedGeneration } from '../openapi/examples.ts'
import { nextLink, retryAfter } from '../openapi/headers.ts'
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfQuery } from '../openapi/reasons.ts'
import { api } from '../paths.ts'
import { generationPageSchema, generationSchema } from '../schemas/generation.ts'
import { idShape } from '../schemas/generation-request.ts'
import { listFields } from '../schemas/list-request.ts'

export const generationPath = z.object({
  id: z
    .string()
    .regex(idShape)
    .meta({ description: 'The id of the generation.', examples: [exampleGenerationId] }),
})

export const listOperation: Operation = {
  id: 'listVideos',
  method: 'get',
  path: `${api}/video`,
  tag: 'videos',
  summary: 'List generations, newest first',
  parameters: { query: listFields },
  answers: {
    200: {
      description: 'A page. `next_cursor`, and the Link header, lead to the next one.',
      headers: { Link: nextLink },
      content: {
        'application/json': {
          schema: generationPageSchema,
          examples: {
            last: { value: { items: [completedGeneration], next_cursor: null } },
            none: { value: { items: [], next_cursor: null } },
          },
        },
      },
    },
  },
  problems: [...reasonsOfQuery, 'cursor-invalid'],
}

export const readOperation: Operation = {
  id: 'getVideo',
  method: 'get',
  path: `${api}/video/{id}`,
  tag: 'videos',
  summary: 'Read one generation',
  parameters: { path: generationPath },
  answers: {
    200: {
      description: 'The generation as it is now. `Retry-After` comes while it is under way.',
      headers: { 'Retry-After': retryAfter },
      content: {
        'application/json': {
          schema: generationSchema,
          examples: { queued: { value: queuedGeneration }, completed: { value: completedGeneration } },
        },
      },
    },
  },
  problems: ['generation-not-found'],
}

export const discardOperation: Operation = {
  id: 'discardVideo',
  method: 'delete',
  path: `${api}/video/{id}`,
  tag: 'videos',
  summary: 'Cancel a generation, or delete it when it is over',
  parameters: { path: generationPath },
  answers: {
    200: {
      description: 'It was under way and is cancelled.',
      content: {
        'application/json': { schema: generationSchema, examples: { cancelled: { value: cancelledGeneration } } },
      },
    },
    204: { description: 'It was over and is deleted with its files.' },
  },
  problems: ['generation-not-found', 'generation-changing'],
}
