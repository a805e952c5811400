/**
 * The heart's store in memory, for its unit tests. Strict where the databases are: one transaction at a time on a copy
 * that replaces the truth on commit, rows by value, the tables' CHECKs and keys, and no store call outside of `tx` while
 * a transaction runs (the embedded database would wait for itself there).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Failure } from '../../src/errors.ts'
import type { GenerationEvent } from '../../src/generations/event.ts'
import type { AnswerSelector } from '../../src/generations/forget-answers.ts'
import { type Consent, type Generation, isFinal, type Photo } from '../../src/generations/generation.ts'
import { answerName } from '../../src/generations/known-works.ts'
import type {
  AdvanceJob,
  GenerationStore,
  GenerationTransaction,
  ListRequest,
  QueuedWork,
  SlotClaim,
} from '../../src/generations/ports.ts'
import type { Attempt, Call, Work } from '../../src/generations/work.ts'

type Row = Generation & { readonly deletedAt: Date | null }
type Notice = {
  readonly generationId: string
  readonly workId: string
  readonly seq: number
  readonly status: Generation['status']
}

interface Tables {
  readonly photos: Map<string, Photo>
  readonly works: Map<string, Work>
  readonly generations: Map<string, Row>
  readonly attempts: Map<string, Attempt>
  readonly calls: Map<string, Call>
  readonly events: Map<string, readonly GenerationEvent[]>
  readonly consents: Map<string, Consent>
  readonly deliveries: Set<string>
  readonly jobs: AdvanceJob[]
}

export interface MemoryGenerationStore extends GenerationStore {
  /** Committed jobs in order. */
  readonly jobs: readonly AdvanceJob[]
  readonly consents: readonly Consent[]
  /** The next commit fails with this, leaving nothing; as when the connection breaks. */
  failNextCommit(error?: Error): void
  subscribe(listener: (notice: Notice) => void): () => void
}

export function createMemoryGenerationStore(): MemoryGenerationStore {
  let truth: Tables = {
    photos: new Map(),
    works: new Map(),
    generations: new Map(),
    attempts: new Map(),
    calls: new Map(),
    events: new Map(),
    consents: new Map(),
    deliveries: new Set(),
    jobs: [],
  }
  let commitError: Error | null = null
  let queue: Promise<unknown> = Promise.resolve()
  const inTransaction = new AsyncLocalStorage<{ open: boolean }>()
  const listeners = new Set<(notice: Notice) => void>()

  const outside = () => {
    if (inTransaction.getStore()?.open) throw new Error('inside a transaction only tx may be used')
  }

  const transaction = <T>(work: (tx: GenerationTransaction) => Promise<T>): Promise<T> => {
    outside()
    const run = async () => {
      const copy: Tables = {
        photos: new Map(truth.photos),
        works: new Map(truth.works),
        generations: new Map(truth.generations),
        attempts: new Map(truth.attempts),
        calls: new Map(truth.calls),
        events: new Map(truth.events),
        consents: new Map(truth.consents),
        deliveries: new Set(truth.deliveries),
        jobs: [...truth.jobs],
      }
      const notices: Notice[] = []
      const state = { open: true }
      try {
        const result = await inTransaction.run(state, () => work(writes(copy, notices, state)))
        if (commitError !== null) {
          const error = commitError
          commitError = null
          throw error
        }
        truth = copy
        for (const notice of notices) for (const listener of [...listeners]) queueMicrotask(() => listener(notice))
        return result
      } finally {
        state.open = false
      }
    }
    const result = queue.then(run)
    queue = result.catch(() => {})
    return result
  }

  return {
    get jobs() {
      return truth.jobs
    },
    get consents() {
      return [...truth.consents.values()]
    },
    failNextCommit(error = new Error('the commit failed')) {
      commitError = error
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    transaction,

    async findGeneration(tenantId, id) {
      outside()
      const row = truth.generations.get(id)
      return row && row.tenantId === tenantId ? visible(row) : null
    },
    async loadWork(id) {
      outside()
      return clone(truth.works.get(id) ?? null)
    },
    findJoinable: (tenantId, key) => transaction((tx) => tx.joinableWork(tenantId, key)),
    async joinDone(generation, log, consent) {
      return transaction(async (tx) => {
        const work = truth.works.get(generation.workId)
        if (work?.state !== 'done' || work.key === null || !truth.photos.has(generation.photoId)) return false
        await tx.insertGeneration(generation, log)
        if (consent) await tx.insertConsent(consent)
        return true
      })
    },
    async listGenerations(tenantId, request) {
      outside()
      return listPage([...truth.generations.values()], tenantId, request)
    },
    async listAttempts(workId) {
      outside()
      const mine = [...truth.attempts.values()].filter((attempt) => attempt.workId === workId)
      return mine.sort(byOrdinal).map((attempt) => ({
        ...clone(attempt),
        calls: [...truth.calls.values()]
          .filter((call) => call.attemptId === attempt.id)
          .sort(byOrdinal)
          .map(clone),
      }))
    },
    async findPhoto(tenantId, id) {
      outside()
      const photo = truth.photos.get(id)
      return photo && photo.tenantId === tenantId ? clone(photo) : null
    },
    async headsOf(ids) {
      outside()
      const rows = ids.flatMap((id) => {
        const kept = truth.generations.get(id)
        const row = kept && visible(kept)
        return row ? [[id, { lastSeq: row.lastSeq, status: row.status }] as const] : []
      })
      return new Map(rows)
    },
    async eventsAfter(generationId, after, limit) {
      outside()
      return (truth.events.get(generationId) ?? [])
        .filter((event) => event.seq > after)
        .slice(0, limit)
        .map(clone)
    },
    async appendProgress(workId, version, progress, body, at) {
      return transaction(async (tx) =>
        (tx as ReturnType<typeof writes>).appendProgress(workId, version, progress, body, at),
      )
    },
    async recentPace(provider, quality) {
      outside()
      const by = (work: Work) =>
        [...truth.attempts.values()].some(
          (attempt) => attempt.workId === work.id && attempt.state === 'succeeded' && attempt.provider === provider,
        )
      const paces = [...truth.works.values()]
        .filter((work) => work.state === 'done' && work.settings.quality === quality && by(work))
        .sort((a, b) => time(b.finishedAt) - time(a.finishedAt))
        .flatMap((work) =>
          work.output !== null && work.output.seconds > 0 && work.startedAt !== null
            ? [(time(work.finishedAt) - time(work.startedAt)) / 1000 / work.output.seconds]
            : [],
        )
        .slice(0, 20)
      return paces.length === 0 ? null : paces.reduce((sum, pace) => sum + pace, 0) / paces.length
    },
    async queuedWorks() {
      outside()
      return queuedWorks(truth)
    },
    async forgetAnswers(selector) {
      outside()
      const named = [...truth.works.values()].filter((work) => isNamed(selector, work))
      for (const work of named) truth.works.set(work.id, { ...work, key: null })
      return named.length
    },
    async forgetWebhookDeliveries() {
      outside()
      truth.deliveries.clear()
    },
    async slotsOf(provider) {
      outside()
      return slotsOf(truth, provider)
    },
    async providersWaitedFor() {
      outside()
      const waiting = [...truth.attempts.values()].filter(({ state, slot }) => state === 'open' && slot === 'waiting')
      return [...new Set(waiting.map(({ provider }) => provider))]
    },
    async findReusable(tenantId, reuseKey) {
      outside()
      const isKept = ({ attemptId }: Call) => {
        const workId = truth.attempts.get(attemptId)?.workId
        return [...truth.generations.values()].some((row) => row.workId === workId && row.deletedAt === null)
      }
      const tenantOf = ({ attemptId }: Call) => truth.works.get(truth.attempts.get(attemptId)!.workId)!.tenantId
      const found = [...truth.calls.values()].filter(
        (call) =>
          call.reuseKey === reuseKey && call.state === 'completed' && tenantOf(call) === tenantId && isKept(call),
      )
      return clone(found.sort((a, b) => Number(b.finishedAt) - Number(a.finishedAt))[0] ?? null)
    },
    async findCall(provider, providerJobId) {
      outside()
      for (const call of truth.calls.values()) {
        const attempt = truth.attempts.get(call.attemptId)
        if (call.providerJobId !== providerJobId || attempt?.provider !== provider) continue
        return clone({ call, attempt, work: truth.works.get(attempt.workId)! })
      }
      return null
    },
    async tellPlaces(places, at) {
      await transaction(async (tx) => {
        for (const { workId, queue } of places) {
          const moved = (await tx.generationsOf(workId)).filter(
            (row) => row.status === 'queued' && row.queue?.ahead !== queue.ahead,
          )
          const ids = moved.map(({ id }) => id)
          await tx.updateGenerations(ids, { queue })
          await tx.appendEvents(ids, { type: 'waiting', queue }, at)
        }
      })
    },
  }
}

function queuedWorks({ works }: Tables): readonly QueuedWork[] {
  const rank = { high: 0, normal: 1, low: 2 }
  return [...works.values()]
    .filter((work) => work.state === 'open' && work.runsHere)
    .sort(
      (a, b) =>
        rank[a.settings.priority] - rank[b.settings.priority] ||
        time(a.createdAt) - time(b.createdAt) ||
        (a.id < b.id ? -1 : 1),
    )
    .map(({ id, createdAt, startedAt, progress, settings, estimate }) => ({
      id,
      createdAt,
      priority: settings.priority,
      isRunning: startedAt !== null,
      secondsLeft: estimate.processingSeconds * (1 - progress / 100),
    }))
}

function slotsOf({ attempts, works }: Tables, provider: string): readonly SlotClaim[] {
  const lastServed = (tenantId: string) =>
    [...attempts.values()]
      .filter((each) => each.provider === provider && each.slot !== 'waiting' && each.slotAt !== null)
      .filter(({ workId }) => works.get(workId)?.tenantId === tenantId)
      .map(({ slotAt }) => slotAt!)
      .sort((a, b) => time(b) - time(a))[0] ?? null
  return [...attempts.values()].flatMap(({ id, workId, provider: of, state, slot, slotAt, createdAt }) => {
    const work = works.get(workId)
    if (!work || of !== provider || state !== 'open' || slot === null) return []
    return {
      attemptId: id,
      workId,
      version: work.version,
      tenantId: work.tenantId,
      priority: work.settings.priority,
      runsHere: work.runsHere,
      slot,
      since: slotAt ?? createdAt,
      servedAt: lastServed(work.tenantId),
      expectedSeconds: work.estimate.processingSeconds,
    }
  })
}

const siblingOf = ({ photoId, adjusted, queue }: Generation) => ({ photoId, adjusted, queue })

function workWithKey({ works }: Tables, tenantId: string, key: string): Work | null {
  return [...works.values()].find((work) => work.tenantId === tenantId && work.key === key) ?? null
}

function writes(tables: Tables, notices: Notice[], state: { readonly open: boolean }) {
  const guard = () => {
    if (!state.open) throw new Error('the transaction is over')
  }
  const insert = <T extends { readonly id: string }>(table: Map<string, T>, row: T) => {
    guard()
    if (table.has(row.id)) throw new Error(`duplicate key ${row.id}`)
    table.set(row.id, clone(row))
  }
  const put = (row: Row) => {
    check(row)
    tables.generations.set(row.id, row)
  }
  const putWork = (work: Work): Work => {
    checkWork(work)
    tables.works.set(work.id, clone(work))
    return clone(work)
  }
  const openWork = (id: string, version: number): Work | null => {
    guard()
    const work = tables.works.get(id)
    return work?.state === 'open' && work.version === version ? work : null
  }
  const living = (workId: string) =>
    [...tables.generations.values()].filter((row) => row.workId === workId && row.deletedAt === null)
  const append = (row: Row, body: GenerationEvent['body'], at: Date): void => {
    const seq = row.lastSeq + 1
    put({ ...row, lastSeq: seq })
    const { id: generationId, workId, tenantId, status, progress } = row
    const event: GenerationEvent = clone({ generationId, tenantId, seq, at, status, progress, body })
    tables.events.set(generationId, [...(tables.events.get(generationId) ?? []), event])
    notices.push({ generationId, workId, seq, status })
  }
  const photoMustExist = (id: string) => {
    if (tables.photos.has(id)) return
    throw new Failure('INVALID_REQUEST', { status: 404, reason: 'photo-not-found', message: 'The photo is gone.' })
  }

  return {
    async insertPhoto(photo) {
      insert(tables.photos, photo)
    },
    async deletePhoto(tenantId, id) {
      guard()
      const photo = tables.photos.get(id)
      const used =
        [...tables.generations.values()].some((row) => row.photoId === id && row.deletedAt === null) ||
        [...tables.works.values()].some((work) => work.photoId === id && work.state === 'open')
      if (!photo || photo.tenantId !== tenantId || used) return false
      for (const work of [...tables.works.values()]) if (work.photoId === id) putWork({ ...work, photoId: '' })
      return tables.photos.delete(id)
    },
    async insertConsent(consent) {
      insert(tables.consents, consent)
    },
    async queuedWorks() {
      guard()
      return queuedWorks(tables)
    },
    async insertWork(work) {
      guard()
      photoMustExist(work.photoId)
      checkWork(work)
      if (work.key !== null && workWithKey(tables, work.tenantId, work.key)) return false
      insert(tables.works, work)
      return true
    },
    async joinableWork(tenantId, key) {
      guard()
      const work = workWithKey(tables, tenantId, key)
      if (!work) return null
      const [oldest] = await this.generationsOf(work.id)
      return { work: clone(work), sibling: oldest ? siblingOf(oldest) : null }
    },
    async lockWork(id) {
      guard()
      const work = tables.works.get(id)
      if (!work) throw new Error(`no work ${id}`)
      return clone(work)
    },
    async updateWork(id, expectedVersion, changes) {
      const work = openWork(id, expectedVersion)
      if (work === null) return null
      const progress = Math.max(work.progress, changes.progress ?? 0)
      return putWork({ ...work, ...defined(changes), progress, version: work.version + 1 })
    },
    async beginWork(id, version, startedAt) {
      const work = openWork(id, version)
      if (work === null) return null
      return putWork({ ...work, startedAt: work.startedAt ?? startedAt, progress: Math.max(work.progress, 1) })
    },
    async extendWork(id, deadlineAt) {
      guard()
      const work = tables.works.get(id)
      if (work && work.deadlineAt < deadlineAt) putWork({ ...work, deadlineAt })
    },
    async freeKey(id) {
      guard()
      const work = tables.works.get(id)
      if (work) putWork({ ...work, key: null })
    },
    async retireWork(id) {
      guard()
      const work = tables.works.get(id)
      if (work && work.state !== 'open') putWork({ ...work, key: null, output: null, script: '' })
    },
    async insertGeneration(generation, log) {
      guard()
      photoMustExist(generation.photoId)
      if (!tables.works.has(generation.workId)) throw new Error(`no work ${generation.workId}`)
      if (log.length > 0 && log.length !== generation.lastSeq) throw new Error('lastSeq is not the number of events')
      const row = { ...generation, lastSeq: generation.lastSeq - log.length, deletedAt: null }
      check(row)
      insert(tables.generations, row)
      for (const body of log) append(tables.generations.get(row.id)!, body, generation.createdAt)
    },
    async generationsOf(workId) {
      guard()
      return living(workId)
        .sort((a, b) => time(a.createdAt) - time(b.createdAt) || (a.id < b.id ? -1 : 1))
        .flatMap((row) => visible(row) ?? [])
    },
    async updateGenerations(ids, changes) {
      guard()
      for (const id of ids) {
        const row = tables.generations.get(id)
        if (!row || row.deletedAt !== null || isFinal(row.status)) continue
        const startedAt = changes.startedAt && new Date(Math.max(time(changes.startedAt), time(row.createdAt)))
        const progress = Math.max(row.progress, changes.progress ?? 0)
        put(clone({ ...row, ...defined({ ...changes, startedAt }), progress }))
      }
    },
    async insertAttempt(attempt) {
      if (!tables.works.has(attempt.workId)) throw new Error(`no work ${attempt.workId}`)
      const taken = [...tables.attempts.values()].some(
        (other) => other.workId === attempt.workId && other.ordinal === attempt.ordinal,
      )
      if (taken) throw new Error(`attempt ${attempt.ordinal} exists`)
      insert(tables.attempts, attempt)
    },
    async endAttempt(workId, end) {
      guard()
      for (const attempt of tables.attempts.values()) {
        if (attempt.workId !== workId || attempt.state !== 'open') continue
        const slotAt = attempt.slot === 'waiting' ? null : attempt.slotAt
        tables.attempts.set(attempt.id, clone({ ...attempt, ...end, slot: null, slotAt }))
        return { provider: attempt.provider, model: attempt.model }
      }
      return null
    },
    async reopenAttempt(id) {
      const { state } = tables.attempts.get(id) ?? {}
      if (state !== 'expired' && state !== 'unknown') throw new Error(`no given up attempt ${id}`)
      update(tables.attempts, id, { state: 'open', failure: null, finishedAt: null })
    },
    async settleAttempt(id, cost, costBearer) {
      if (tables.attempts.get(id)?.state !== 'open') update(tables.attempts, id, { cost, costBearer })
    },
    async slotsOf(provider) {
      guard()
      return slotsOf(tables, provider)
    },
    async markSlot(attemptId, slot, at) {
      if (tables.attempts.get(attemptId)?.state !== 'open') throw new Error(`no open attempt ${attemptId}`)
      update(tables.attempts, attemptId, { slot, slotAt: at })
    },
    async insertWebhookDelivery(provider, eventId) {
      guard()
      const isNew = !tables.deliveries.has(`${provider} ${eventId}`)
      tables.deliveries.add(`${provider} ${eventId}`)
      return isNew
    },
    async insertCall(call) {
      if (!tables.attempts.has(call.attemptId)) throw new Error(`no attempt ${call.attemptId}`)
      const taken = [...tables.calls.values()].some(
        (other) => other.attemptId === call.attemptId && other.ordinal === call.ordinal,
      )
      if (taken) throw new Error(`call ${call.ordinal} exists`)
      insert(tables.calls, call)
    },
    async updateCall(id, changes) {
      update(tables.calls, id, changes)
    },
    async appendEvents(generationIds, body, at) {
      guard()
      for (const id of generationIds) {
        const row = tables.generations.get(id)
        if (!row) throw new Error(`no generation ${id}`)
        append(row, body, at)
      }
    },
    async appendProgress(workId: string, version: number, progress: number, body: GenerationEvent['body'], at: Date) {
      const work = openWork(workId, version)
      if (work === null) return false
      const { progress: raised } = putWork({ ...work, progress: Math.max(work.progress, progress) })
      for (const row of living(workId)) {
        if (row.status === 'processing') append({ ...row, progress: Math.max(row.progress, raised) }, body, at)
      }
      return true
    },
    async enqueue(job) {
      guard()
      tables.jobs.push(clone(job))
    },
    async markDeleted(id, at) {
      guard()
      const row = tables.generations.get(id)
      if (!row || row.deletedAt !== null || !isFinal(row.status)) return false
      put({ ...row, script: '', metadata: {}, output: null, deletedAt: at })
      return true
    },
  } satisfies GenerationTransaction & { appendProgress: GenerationStore['appendProgress'] }

  function update<T>(table: Map<string, T>, id: string, changes: Partial<T>) {
    guard()
    const row = table.get(id)
    if (row === undefined) throw new Error(`no row ${id}`)
    table.set(id, clone({ ...row, ...defined(changes) }))
  }
}

function defined<T extends object>(changes: T): Partial<T> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** The CHECK constraints of the generations table. */
function check(row: Row): void {
  holdRules(`generation ${row.id}`, {
    progress: row.progress >= 0 && row.progress <= 100,
    hundred: row.progress < 100 || row.status === 'completed',
    finished: isFinal(row.status) === (row.finishedAt !== null),
  })
}

/** And of the works table. */
function checkWork(work: Work): void {
  holdRules(`work ${work.id}`, {
    progress: work.progress >= 0 && work.progress <= 100,
    hundred: work.progress < 100 || work.state === 'done',
    version: work.version >= 1,
    finished: (work.state === 'open') === (work.finishedAt === null),
    key: work.key === null || work.state === 'open' || work.state === 'done',
    photo: work.photoId !== '' || work.state !== 'open',
  })
}

function holdRules(what: string, rules: Readonly<Record<string, boolean>>): void {
  for (const [name, holds] of Object.entries(rules)) {
    if (!holds) throw new Error(`${what} violates the ${name} check`)
  }
}

function visible(row: Row): Generation | null {
  const { deletedAt, ...generation } = row
  return deletedAt === null ? clone(generation) : null
}

function listPage(rows: readonly Row[], tenantId: string, { limit, cursor, status }: ListRequest) {
  const after = cursor === undefined ? null : readCursor(cursor)
  const found = rows
    .filter(
      (row) => row.tenantId === tenantId && row.deletedAt === null && (status === undefined || row.status === status),
    )
    .sort((a, b) => time(b.createdAt) - time(a.createdAt) || (a.id < b.id ? 1 : -1))
    .filter(
      (row) =>
        after === null || time(row.createdAt) < after.at || (time(row.createdAt) === after.at && row.id < after.id),
    )
  const page = found.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.flatMap((row) => visible(row) ?? []),
    nextCursor: found.length > limit && last ? JSON.stringify({ at: time(last.createdAt), id: last.id }) : null,
  }
}

function readCursor(cursor: string): { readonly at: number; readonly id: string } {
  try {
    const { at, id } = JSON.parse(cursor) as { at: unknown; id: unknown }
    if (typeof at === 'number' && typeof id === 'string') return { at, id }
  } catch {}
  throw new Failure('INVALID_REQUEST', { status: 400, reason: 'cursor-invalid', message: 'The cursor is not ours.' })
}

const byOrdinal = (a: { readonly ordinal: number }, b: { readonly ordinal: number }) => a.ordinal - b.ordinal
const time = (date: Date | null) => date?.getTime() ?? 0
const clone = <T>(value: T): T => structuredClone(value)

function isNamed({ user, provider, model, name, pattern }: AnswerSelector, work: Work): boolean {
  if (work.state !== 'done' || work.key === null || !work.making) return false
  const own = answerName(work.making.provider, work.key)
  return (
    (user === undefined || user === work.tenantId) &&
    (provider === undefined || provider === work.making.provider) &&
    (model === undefined || model === work.making.model) &&
    (name === undefined || name === own) &&
    (pattern === undefined || matches(pattern.split('*'), own))
  )
}

/** The pieces stand in the text in order, the first at its beginning and the last at its end. */
function matches([first = '', ...rest]: readonly string[], text: string): boolean {
  const last = rest.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false
  let from = first.length
  for (const piece of rest) {
    const at = text.indexOf(piece, from)
    if (at < 0) return false
    from = at + piece.length
  }
  return from <= text.length - last.length
}
