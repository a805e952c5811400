import type { Request } from 'express'
import { Failure } from '../errors.ts'
import type { Caller } from '../generations/use-cases.ts'
import { callerOf, type HttpConfig } from './route-context.ts'

/** @throws Failure 403 'operators-only' for whoever may not see what concerns the whole service */
export async function operatorOf(request: Request, config: HttpConfig): Promise<Caller> {
  const caller = await callerOf(request, config)
  if (config.isOperator(caller.tenantId)) return caller
  throw new Failure('AUTHENTICATION_FAILED', {
    reason: 'operators-only',
    status: 403,
    message: 'Only operators of this service may see that.',
    hint: 'Ask with the key of an operator.',
  })
}
