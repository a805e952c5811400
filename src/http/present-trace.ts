/** The story of a generation as public JSON: nothing of what vendors' handles or our keys hold. */
import type { GenerationTrace } from '../generations/trace-generation.ts'
import { presentPlace } from '../realtime/present-event.ts'
import { presentMoney } from '../realtime/present-money.ts'
import { presentProblem } from '../realtime/present-problem.ts'
import { presentRoute } from './present-generation.ts'
import type { PublicTrace } from './schemas/trace.ts'

type TracedAttempt = GenerationTrace['attempts'][number]

export function presentTrace({ generation, attempts, answerName, events }: GenerationTrace): PublicTrace {
  const { id, workId, requestId, origin, output, cost } = generation
  const checked = events.find(({ kind }) => kind === 'step finish') ?? events.find(({ kind }) => kind === 'completed')
  const houseCosts = attempts.flatMap(({ cost, costBearer }) => (cost && costBearer === 'house' ? [cost] : []))
  return {
    id,
    status: generation.status,
    origin,
    accepted_at: iso(generation.createdAt),
    started_at: isoOrNull(generation.startedAt),
    finished_at: isoOrNull(generation.finishedAt),
    deadline_at: iso(generation.deadlineAt),
    queued_seconds: seconds(generation.createdAt, generation.startedAt),
    queue: generation.queue && presentPlace(generation.queue),
    adjusted: generation.adjusted.map(({ setting, asked, used, why }) => ({ setting, asked, used, why })),
    route: presentRoute(generation.routeTrace),
    attempts: attempts.map((attempt) => presentAttempt(attempt, whyChosen(generation, attempt))),
    events: events.map(({ kind, count, first, last }) => ({
      kind,
      count,
      first_seq: first.seq,
      first_at: iso(first.at),
      last_seq: last.seq,
      last_at: iso(last.at),
    })),
    cache_key: answerName,
    output_check: output && {
      at: checked ? iso(checked.first.at) : null,
      bytes: output.bytes,
      seconds: output.seconds,
      width: output.width,
      height: output.height,
      fps: output.fps,
      sha256: output.sha256,
    },
    settlement: {
      estimate: presentMoney(generation.estimate.cost),
      cost: cost && presentMoney(cost),
      house_costs: houseCosts.map(presentMoney),
    },
    failure: generation.failure && presentProblem(generation.failure),
    log_ids: {
      request_id: requestId,
      generation_id: id,
      work_id: workId,
      attempt_ids: attempts.map((attempt) => attempt.id),
      call_ids: attempts.flatMap(({ calls }) => calls.map((call) => call.id)),
    },
  }
}

function whyChosen({ routeTrace }: GenerationTrace['generation'], { ordinal, model }: TracedAttempt): string | null {
  const chosen = routeTrace.filter(({ verdict }) => verdict === 'chosen')
  return (
    (chosen.find((route) => route.attempt === ordinal) ?? chosen.find((route) => route.model === model))?.why ?? null
  )
}

function presentAttempt(attempt: TracedAttempt, why: string | null): PublicTrace['attempts'][number] {
  const { slot, slotAt, createdAt, finishedAt, failure, estimate, cost } = attempt
  return {
    id: attempt.id,
    ordinal: attempt.ordinal,
    provider: attempt.provider,
    model: attempt.model,
    why,
    state: attempt.state,
    failure: failure && { ...presentProblem(failure), fault: failure.fault ?? null },
    sent_seconds: attempt.sentSeconds,
    slot,
    slot_waited_seconds: slotAt && slot !== 'waiting' ? seconds(createdAt, slotAt) : null,
    estimate: estimate && presentMoney(estimate),
    cost: cost && presentMoney(cost),
    cost_bearer: attempt.costBearer,
    begun_at: iso(createdAt),
    finished_at: isoOrNull(finishedAt),
    seconds: seconds(createdAt, finishedAt),
    calls: attempt.calls.map((call) => ({
      id: call.id,
      name: call.name,
      state: call.state,
      provider_request_id: call.providerRequestId,
      provider_job_id: call.providerJobId,
      sends: call.sends,
      maker: call.maker,
      provider: call.provider,
      estimate: call.estimate && presentMoney(call.estimate),
      failure: call.failure && presentProblem(call.failure),
      vain_fetches: call.fetches,
      reported_cost: call.reportedCost && presentMoney(call.reportedCost),
      started_at: iso(call.startedAt),
      finished_at: isoOrNull(call.finishedAt),
      seconds: seconds(call.startedAt, call.finishedAt),
      deadline_at: iso(call.deadlineAt),
    })),
  }
}

function iso(at: Date): string {
  return at.toISOString()
}

function isoOrNull(at: Date | null): string | null {
  return at?.toISOString() ?? null
}

function seconds(from: Date, to: Date | null): number | null {
  return to && Math.max(0, (to.getTime() - from.getTime()) / 1000)
}
