/** POST /api/v1/video/batch: many scripts for one photo, many photos, or both; each item is answered on its own. */
import type { Request, RequestHandler, Response } from 'express'
import { Failure } from '../errors.ts'
import type { GenerationRequest } from '../generations/use-cases.ts'
import { clientSignal } from './client-signal.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { UploadedFile } from './one-file-storage.ts'
import { pollBatchAfterSeconds, presentBatch } from './present-batch.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import { readGeneration, toAskedMoney } from './read-generation.ts'
import { readJsonObject, readLargeBody } from './read-json.ts'
import { type ReceivedForm, withFiles } from './receive-files.ts'
import { callerOf, type HttpConfig, type RouteContext } from './route-context.ts'
import { batchFields, maxBatchItems } from './schemas/batch.ts'

const formRules = {
  refuse: () => null,
  // A photo and a recording each.
  maxFiles: 2 * maxBatchItems,
  maxFieldBytes: 1024 * 1024,
  tooLarge: (maxBytes: number) =>
    new Failure('INVALID_REQUEST', {
      reason: 'body-too-large',
      status: 413,
      message: `The files of the batch are larger than ${Math.floor(maxBytes / 1e6)} MB together.`,
      hint: 'Send several batches, or keep photos first with POST /api/v1/photos and name them by photo_id.',
    }),
}

export function batchRoute({ useCases, config }: RouteContext): RequestHandler {
  const accept = async (request: Request, response: Response, form: ReceivedForm) => {
    const { items, costLimit } = readBatch(form, config)
    const caller = await callerOf(request, config)
    const signal = clientSignal(response)
    const asked = items.map((item) => (item instanceof Failure ? item : { ...item, caller, signal }))
    return useCases.requestBatch({ tenantId: caller.tenantId, items: asked, signal, ...(costLimit && { costLimit }) })
  }

  const receive = async (request: Request, response: Response) => {
    if (request.is('multipart/form-data')) {
      return withFiles(request, response, config, formRules, (form) => {
        const mistakes = [...form.mistakes]
        return accept(request, response, { ...form, fields: readFormFields(form.fields, mistakes), mistakes })
      })
    }
    const fields = await readJsonObject(request, response, config.uploadPatienceMs, undefined, readLargeBody)
    return accept(request, response, { files: new Map(), fields, mistakes: [] })
  }

  return async (request, response) => {
    await config.tenantOf(request)
    const result = await receive(request, response)
    for (const outcome of result.outcomes) {
      if (outcome instanceof Failure && outcome.status >= 500) request.log.error({ err: outcome }, outcome.message)
    }
    const again = pollBatchAfterSeconds(result)
    if (again !== null) response.set('Retry-After', String(again))
    const about = { instance: request.baseUrl + request.path, requestId: String(request.id) }
    response.status(207).json(presentBatch(result, about))
  }
}

type Item = Omit<GenerationRequest, 'caller'> | Failure

/** @throws Failure that lists what is wrong with the batch itself; what is wrong with an item is the item. */
function readBatch({ fields, files, mistakes: found }: ReceivedForm, config: HttpConfig) {
  const mistakes = [...found]
  const read = checkFields(batchFields, fields, mistakes)
  if (read && (read.items === undefined) === (read.scripts === undefined)) mistakes.push(itemsOrScripts)
  if (!read || mistakes.length > 0) throw mistakesFailure(mistakes)
  const { items, scripts = [], photo_id, consent, cost_limit } = read
  const photo = items === undefined && photo_id === undefined && files.has('photo') ? { photo: 'photo' } : {}
  const common = {
    ...(photo_id !== undefined && { photo_id }),
    ...(consent && { consent }),
    ...photo,
    ...read.defaults,
  }
  const asked = items ?? scripts.map((script) => ({ script }))
  return {
    items: asked.map((item) => readItem(item, { common, files, config })),
    ...(cost_limit !== undefined && { costLimit: toAskedMoney(cost_limit) }),
  }
}

interface ItemReading {
  readonly common: Readonly<Record<string, unknown>>
  readonly files: ReadonlyMap<string, UploadedFile>
  readonly config: HttpConfig
}

function readItem(item: unknown, { common, files, config }: ItemReading): Item {
  try {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw mistakesFailure([notAnObject])
    const own = item as Readonly<Record<string, unknown>>
    const { photo: photoName, audio: audioName, ...fields } = { ...withoutOther(common, own), ...own }
    const mistakes: Mistake[] = []
    const named = (field: string, name: unknown) => {
      const file = typeof name === 'string' ? files.get(name) : undefined
      if (!file && name !== undefined) mistakes.push(noSuchFile(field, [...files.keys()]))
      return file ?? null
    }
    const photo = named('photo', photoName)
    const audio = named('audio', audioName)
    return readGeneration(fields, { photo, audio }, config, mistakes)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/** An item's own photo takes the place of the common one, however either is named. */
function withoutOther(common: ItemReading['common'], own: ItemReading['common']): ItemReading['common'] {
  if (own.photo === undefined && own.photo_id === undefined) return common
  const { photo: _file, photo_id: _id, ...rest } = common
  return rest
}

const itemsOrScripts: Mistake = {
  field: 'items',
  reason: 'field-invalid',
  message: 'and `scripts`: one of the two is needed',
  hint: 'Send `items`, a list of objects with the fields of a generation, or `scripts`, a list of texts for one photo.',
}
const notAnObject: Mistake = {
  field: 'items',
  reason: 'field-invalid',
  message: 'holds here something that is no object',
  hint: 'For example {"photo_id": "…", "script": "…"}.',
}

function noSuchFile(field: string, names: readonly string[]): Mistake {
  return {
    field,
    reason: 'field-invalid',
    message: 'names no file that came with the batch',
    hint: names.length > 0 ? `Files came as: ${names.join(', ')}.` : 'Send it as a file of multipart/form-data.',
  }
}
