/** The voices there are, and how each sounds. */
import type { RequestHandler } from 'express'
import type { SpeechVoice } from '../generations/ports.ts'
import { type Mistake, mistakesFailure } from './mistakes.ts'
import type { Route } from './openapi/operation.ts'
import { voiceSampleOperation, voicesOperation } from './operations/voices.ts'
import { voiceSamplePath } from './paths.ts'
import { checkFields, readFormFields } from './read-fields.ts'
import type { RouteContext } from './route-context.ts'
import { type PublicVoice, voiceFields } from './schemas/voice.ts'
import { sendMedia } from './send-media.ts'

export function voiceRoutes({ useCases, config }: RouteContext): readonly Route[] {
  const list: RequestHandler = async (request, response) => {
    await config.tenantOf(request)
    const mistakes: Mistake[] = []
    const query = checkFields(voiceFields, readFormFields(request.query, mistakes), mistakes)
    if (!query || mistakes.length > 0) throw mistakesFailure(mistakes)
    response.json({ items: useCases.listVoices(query.language).map(presentVoice) })
  }

  const sample: RequestHandler = async (request, response) => {
    await config.tenantOf(request)
    await sendMedia(response, await useCases.openVoiceSample(String(request.params.id)))
  }

  return [
    { operation: voicesOperation, handle: list },
    { operation: voiceSampleOperation, handle: sample },
  ]
}

function presentVoice({ id, name, language, gender, engine }: SpeechVoice): PublicVoice {
  return { id, name, language, gender, engine, links: { sample: voiceSamplePath(id) } }
}
