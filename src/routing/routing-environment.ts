/** The slice of the environment that says how models are ranked. */
import { z } from 'zod'
import { strategies } from './strategies.ts'

/** 'veo3:3,local:1' as { veo3: 3, local: 1 }. */
const weights = z.string().transform((text, context) => {
  const pairs: [string, number][] = []
  for (const item of text.split(',')) {
    if (item.trim() === '') continue
    const [, name, weight] = /^([\w-]+)\s*:\s*(\d+(?:\.\d+)?)$/.exec(item.trim()) ?? []
    if (name === undefined) context.addIssue({ code: 'custom', message: `'${item.trim()}' is not <provider>:<weight>` })
    else if (pairs.some(([other]) => other === name))
      context.addIssue({ code: 'custom', message: `'${name}' is there twice` })
    else pairs.push([name, Number(weight)])
  }
  return Object.fromEntries(pairs)
})

export const routingEnvironment = z.object({
  ROUTING_STRATEGY: z.enum(strategies, { error: `must be one of ${strategies.join(', ')}` }).default('quality-cost'),
  PROVIDER_WEIGHTS: weights.default({}),
})
