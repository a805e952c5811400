/**
 * The heart's store in memory, for its unit tests. Strict where the databases are: one transaction at a time on a copy
 * that replaces the truth on commit, rows by value, the tables' CHECKs and keys, and no store call outside of `tx` while
 * a transaction runs (the embedded database would wait for itself there).
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Failure } from '../../src/errors.ts'
import type { GenerationEvent } from '../../src/generations/event.ts'
import {
  type Attempt,
  type Call,
  type Consent,
  type Generation,
  isFinal,
  type Photo,
} from '../../src/generations/generation.ts'
import type {
  AdvanceJob,
  GenerationChanges,
  GenerationStore,
  GenerationTransaction,
  ListRequest,
} from '../../src/generations/ports.ts'

type Row = Generation & { readonly deletedAt: Date | null }
type Notice = {
  readonly generationId: string
  readonly seq: number
  readonly status: Generation['status']
}

interface Tables {
  readonly photos: Map<string, Photo>
  readonly generations: Map<string, Row>
  readonly attempts: Map<string, Attempt>
  readonly calls: Map<string, Call>
  readonly events: Map<string, readonly GenerationEvent[]>
  readonly consents: Map<string, Consent>
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
    generations: new Map(),
    attempts: new Map(),
    calls: new Map(),
    events: new Map(),
    consents: new Map(),
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
        generations: new Map(truth.generations),
        attempts: new Map(truth.attempts),
        calls: new Map(truth.calls),
        events: new Map(truth.events),
        consents: new Map(truth.consents),
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
    async loadGeneration(id) {
      outside()
      const row = truth.generations.get(id)
      return row ? visible(row) : null
    },
    async listGenerations(tenantId, request) {
      outside()
      return listPage([...truth.generations.values()], tenantId, request)
    },
    async listAttempts(generationId) {
      outside()
      const mine = [...truth.attempts.values()].filter((attempt) => attempt.generationId === generationId)
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
    async eventsAfter(generationId, after, limit) {
      outside()
      return (truth.events.get(generationId) ?? [])
        .filter((event) => event.seq > after)
        .slice(0, limit)
        .map(clone)
    },
    async appendProgress(id, version, progress, body, at) {
      return transaction(async (tx) => {
        // The transaction above made its copy; the row is read through a write that changes nothing else.
        return (tx as ReturnType<typeof writes>).appendProgress(id, version, progress, body, at)
      })
    },
    async recentPace(provider, quality) {
      outside()
      const by = (row: Row) =>
        [...truth.attempts.values()].some(
          (attempt) =>
            attempt.generationId === row.id && attempt.state === 'succeeded' && attempt.provider === provider,
        )
      const paces = [...truth.generations.values()]
        .filter(
          (row) => row.status === 'completed' && row.deletedAt === null && row.settings.quality === quality && by(row),
        )
        .sort((a, b) => time(b.finishedAt) - time(a.finishedAt))
        .flatMap((row) =>
          row.output !== null && row.output.seconds > 0 && row.startedAt !== null
            ? [(time(row.finishedAt) - time(row.startedAt)) / 1000 / row.output.seconds]
            : [],
        )
        .slice(0, 20)
      return paces.length === 0 ? null : paces.reduce((sum, pace) => sum + pace, 0) / paces.length
    },
  }
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
  const move = (id: string, expectedVersion: number): Row | null => {
    guard()
    const row = tables.generations.get(id)
    return row && row.version === expectedVersion && row.deletedAt === null ? row : null
  }
  const append = (row: Row, body: GenerationEvent['body'], at: Date): GenerationEvent => {
    const seq = row.lastSeq + 1
    put({ ...row, lastSeq: seq })
    const { id: generationId, tenantId, status, progress } = row
    const event: GenerationEvent = clone({ generationId, tenantId, seq, at, status, progress, body })
    tables.events.set(generationId, [...(tables.events.get(generationId) ?? []), event])
    notices.push({ generationId, seq, status })
    return clone(event)
  }

  return {
    async insertPhoto(photo) {
      insert(tables.photos, photo)
    },
    async deletePhoto(tenantId, id) {
      guard()
      const photo = tables.photos.get(id)
      const used = [...tables.generations.values()].some((row) => row.photoId === id && row.deletedAt === null)
      if (!photo || photo.tenantId !== tenantId || used) return false
      return tables.photos.delete(id)
    },
    async insertConsent(consent) {
      insert(tables.consents, consent)
    },
    async insertGeneration(generation) {
      guard()
      if (!tables.photos.has(generation.photoId)) {
        throw new Failure('INVALID_REQUEST', { status: 404, reason: 'photo-not-found', message: 'The photo is gone.' })
      }
      const row = { ...generation, deletedAt: null }
      check(row)
      insert(tables.generations, row)
    },
    async updateGeneration(id, expectedVersion, changes) {
      const row = move(id, expectedVersion)
      if (row === null) return null
      const defined = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      put(
        clone({
          ...row,
          ...(defined as GenerationChanges),
          progress: Math.max(row.progress, changes.progress ?? 0),
          version: row.version + 1,
        }),
      )
      return visible(tables.generations.get(id) as Row)
    },
    async insertAttempt(attempt) {
      if (!tables.generations.has(attempt.generationId)) throw new Error(`no generation ${attempt.generationId}`)
      const taken = [...tables.attempts.values()].some(
        (other) => other.generationId === attempt.generationId && other.ordinal === attempt.ordinal,
      )
      if (taken) throw new Error(`attempt ${attempt.ordinal} exists`)
      insert(tables.attempts, attempt)
    },
    async updateAttempt(id, changes) {
      update(tables.attempts, id, changes)
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
    async appendEvent(generationId, body, at) {
      guard()
      const row = tables.generations.get(generationId)
      if (!row) throw new Error(`no generation ${generationId}`)
      return append(row, body, at)
    },
    async appendProgress(id: string, version: number, progress: number, body: GenerationEvent['body'], at: Date) {
      const row = move(id, version)
      if (row === null || row.status !== 'processing') return null
      return append({ ...row, progress: Math.max(row.progress, progress) }, body, at)
    },
    async enqueue(job) {
      guard()
      tables.jobs.push(clone(job))
    },
    async markDeleted(id, expectedVersion, at) {
      const row = move(id, expectedVersion)
      if (row === null) return false
      put({ ...row, script: '', metadata: {}, output: null, deletedAt: at, version: row.version + 1 })
      return true
    },
  } satisfies GenerationTransaction & { appendProgress: GenerationStore['appendProgress'] }

  function update<T>(table: Map<string, T>, id: string, changes: Partial<T>) {
    guard()
    const row = table.get(id)
    if (row === undefined) throw new Error(`no row ${id}`)
    const defined = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    table.set(id, clone({ ...row, ...defined }))
  }
}

/** The CHECK constraints of the generations table. */
function check(row: Row): void {
  const rules = {
    progress: row.progress >= 0 && row.progress <= 100,
    hundred: row.progress < 100 || row.status === 'completed',
    version: row.version >= 1,
    finished: isFinal(row.status) === (row.finishedAt !== null),
  }
  for (const [name, holds] of Object.entries(rules)) {
    if (!holds) throw new Error(`generation ${row.id} violates the ${name} check`)
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
