/** POST /api/v1/estimates: what it would cost, how long it would take, and whom to take. */
import type { RequestHandler } from 'express'
import type { EstimateRequest } from '../generations/estimate-work.ts'
import type { Settings } from '../generations/generation.ts'
import { clientSignal } from './client-signal.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { estimateOperation } from './operations/estimates.ts'
import { presentEstimate } from './present-estimate.ts'
import { checkFields } from './read-fields.ts'
import { toAskedMoney, usualSettings } from './read-generation.ts'
import { readJsonObject } from './read-json.ts'
import { callerOf, type RouteContext } from './route-context.ts'
import { type EstimateFields, estimateFields } from './schemas/estimate.ts'

const wanted = {
  message: 'The body must be application/json.',
  hint: 'Send the fields as one JSON object; no photo is needed.',
}

export function estimateRoutes({ useCases, config }: RouteContext): readonly Route[] {
  const estimate: RequestHandler = async (request, response) => {
    const { tenantId } = await callerOf(request, config)
    const body = await readJsonObject(request, response, config.uploadPatienceMs, wanted)
    const mistakes: Mistake[] = []
    const fields = checkFields(estimateFields, body, mistakes)
    const speech = fields && speechOf(fields, mistakes)
    if (!fields || !speech || mistakes.length > 0) throw mistakesFailure(mistakes)
    const estimated = await useCases.estimateWork({
      tenantId,
      speech,
      settings: toSettings(fields, config.defaultQuality),
      recorded: fields.recorded,
      strategies: [...new Set(fields.strategies ?? [])],
      ...(fields.budget !== undefined && { budget: toAskedMoney(fields.budget) }),
      signal: clientSignal(response),
    })
    response.json(presentEstimate(estimated))
  }
  return [{ operation: estimateOperation, handle: estimate }]
}

function speechOf({ script, seconds }: EstimateFields, mistakes: Mistake[]): EstimateRequest['speech'] | null {
  if (script !== undefined && seconds === undefined) return { script }
  if (seconds !== undefined && script === undefined) return { seconds }
  const hint = 'Send the words as `script`, or how long they take to say as `seconds`.'
  mistakes.push(
    script === undefined
      ? { field: 'script', reason: 'field-missing', message: 'is required', hint }
      : { field: 'seconds', reason: 'field-invalid', message: 'came together with a script', hint },
  )
  return null
}

function toSettings(fields: EstimateFields, defaultQuality: Settings['quality']): Settings {
  const usual = usualSettings(defaultQuality)
  return {
    ...usual,
    quality: fields.quality ?? usual.quality,
    aspectRatio: fields.aspect_ratio ?? null,
    voice: fields.voice ?? null,
    language: fields.language ?? null,
    speed: fields.voice_settings.speed,
    pitch: fields.voice_settings.pitch,
    ...(fields.model !== undefined && { model: fields.model }),
  }
}
