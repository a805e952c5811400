/** Word from vendors, described. */
import { z } from 'zod'
import type { Operation } from '../openapi/operation.ts'

const receivedSchema = z
  .strictObject({
    received: z.literal(true),
    effect: z
      .enum(['looked', 'adopted', 'late', 'nothing', 'known'])
      .describe('What came of it; `known`: this delivery had come before.'),
  })
  .meta({ id: 'WebhookReceipt' })

export const receiveWebhookOperation: Operation = {
  id: 'receiveWebhook',
  method: 'post',
  path: '/webhooks/{provider}',
  tag: 'service',
  summary: 'A provider sends word',
  description:
    'For providers, not for you: signed as the provider signs, within two minutes, each delivery once. It is only a hint: the provider is asked, and that answer counts.',
  parameters: {
    path: z.object({
      provider: z
        .string()
        .regex(/^[a-z0-9-]{1,64}$/)
        .meta({ description: 'The id of the provider.', examples: ['local'] }),
    }),
  },
  body: {
    content: {
      'application/json': {
        schema: { type: 'object' },
        examples: { completed: { value: { event: 'video.completed', job_id: 'job_123456' } } },
      },
    },
  },
  answers: {
    200: {
      description: 'Received, also when it had come before.',
      content: {
        'application/json': {
          schema: receivedSchema,
          examples: { looked: { value: { received: true, effect: 'looked' } } },
        },
      },
    },
  },
  problems: ['provider-not-found', 'call-not-found', 'webhook-refused', 'body-too-large', 'body-incomplete'],
}
