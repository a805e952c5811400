/** The veo3 contract's paths and what they answer. */
import type { IncomingMessage } from 'node:http'
import type { ApiContract, Asked } from './answer-api.ts'
import type { Route, RouteDeclaration } from './check-request.ts'
import { invalid, Refusal } from './refusal.ts'
import { type Answer, strike } from './strike.ts'
import { errorBody, statusBody } from './veo3-answers.ts'
import { createSubmissions, type SubmissionsOptions } from './veo3-submissions.ts'

const routes: readonly RouteDeclaration[] = [
  { method: 'POST', name: 'POST /video/generate', place: 'submit', pattern: /^\/video\/generate$/ },
  { method: 'GET', name: 'GET /video/status/{job_id}', place: 'status', pattern: /^\/video\/status\/([\w-]{1,128})$/ },
  {
    method: 'DELETE',
    name: 'DELETE /video/jobs/{job_id}',
    place: 'cancel',
    pattern: /^\/video\/jobs\/([\w-]{1,128})$/,
  },
  { method: 'GET', name: 'GET /health', place: 'health', pattern: /^\/health$/ },
]

export function createVeo3Api(options: SubmissionsOptions): ApiContract {
  const { jobs, faults, switches, urlsOf } = options
  const submit = createSubmissions(options)

  const onJob = async ({ place, ids: [id = ''] }: Route): Promise<Answer> => {
    const job = jobs.get(id)
    const finish = strike(faults.wire(place, job?.id ?? '', job?.wireFaults ?? []))
    if (place === 'cancel' && switches.cancel !== 'works') {
      const code = switches.cancel === 404 ? 'not_found' : 'method_not_allowed'
      throw new Refusal({ status: switches.cancel, code, message: 'Jobs cannot be cancelled.' })
    }
    if (!job) throw new Refusal({ status: 404, code: 'job_not_found', message: 'There is no such job.' })
    if (place === 'cancel') jobs.cancel(job)
    return finish({ status: 200, body: statusBody(job, await jobs.settledState(job), urlsOf(job)) })
  }

  return {
    basePath: '/v1',
    routes,
    rules: { key: { header: 'authorization', prefix: 'Bearer ' }, headers: ['x-request-id', 'idempotency-key'] },
    check: checkIdempotencyKey,
    async answer(asked: Asked) {
      const { route } = asked
      if (route.place === 'submit') return submit(asked)
      if (route.place === 'health')
        return strike(faults.wire('health', '', []))({ status: 200, body: { status: 'ok' } })
      return onJob(route)
    },
    errorBody: (error, requestId) => errorBody(error, switches.errorShape, requestId),
  }
}

function checkIdempotencyKey(request: IncomingMessage, route: Route): void {
  const key = request.headers['idempotency-key']
  if (key !== undefined && !(route.place === 'submit' && /^[\x21-\x7e]{1,255}$/.test(String(key)))) {
    throw invalid('header idempotency-key', 'belongs to POST /video/generate, 1 to 255 printable characters')
  }
}
