/**
 * Google's image models as a way to a talking photo: they edit the photo into mouth shapes, and our own renderer animates
 * those with our own voice. Each edit is one synchronous request. There is no key by which a repeated one would be known, nothing
 * to look it up by, and hanging up does not stop it from being billed; so an answer that never came is never asked for again.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { VendorFailure } from '../errors.ts'
import type { Ask, AskRequest } from '../network/ask.ts'
import { accountLimits, baseUrl, limitsOf } from './account-shape.ts'
import { apiKey, prefixShape, takeSlice } from './environment-slice.ts'
import { geminiRefusal } from './gemini-answers.ts'
import { localAdjustments } from './local.ts'
import { readEdit } from './nano-banana-answers.ts'
import { editPrompt, nextEdit, shapeOf } from './nano-banana-edits.ts'
import { callFacts, nanoBananaFacts, nanoBananaModels } from './nano-banana-models.ts'
import type { CallOutcome, Provider } from './provider.ts'
import type { ProviderModule } from './provider-module.ts'

const id = 'nano-banana'
const prefix = 'NANO_BANANA_'
const usualUrl = 'https://generativelanguage.googleapis.com'
/** Either spelling; and a key of the same vendor, where there is none for this alone. */
const keyNames = ['NANO_BANANA_API_KEY', 'NANOBANANA_API_KEY', 'GEMINI_API_KEY'] as const

const shape = { API_BASE_URL: baseUrl(usualUrl), ...accountLimits }
type Settings = z.output<z.ZodObject<typeof shape>> & { readonly key: string }

/** 5 to 40 s are usual, 90 s have been seen. */
const editTimeoutMs = 120_000
const lookTimeoutMs = 10_000
/** Of the photo as it travels, in base64; what the vendor takes in one picture. */
const mostPhotoCharacters = 7_000_000
/** A picture of up to four megapixels, and drafts of it among the thoughts. */
const mostAnswerBytes = 32 * 1024 * 1024

export interface NanoBananaParts {
  readonly settings: Settings
  readonly ask: Ask
  /** Primary language subtags of our own voices. */
  readonly languages: readonly string[]
  readonly now: () => Date
}

export const nanoBanana: ProviderModule = {
  id,
  environment: {
    ...Object.fromEntries(keyNames.map((name) => [name, apiKey.optional()])),
    ...prefixShape(prefix, shape),
  },
  mistakes(environment) {
    const isMeant = environment[`${prefix}API_BASE_URL`] !== usualUrl
    return keyIn(environment) === undefined && isMeant
      ? [`${keyNames[0]}: is not set, but ${prefix}API_BASE_URL is`]
      : []
  },
  entry({ environment, ask, languages, now }) {
    const key = keyIn(environment)
    const settings = takeSlice(environment, prefix, shape)
    const entry = { id, name: 'Nano Banana', keyNames, models: nanoBananaFacts(languages) }
    if (key === undefined) return { ...entry, provider: null, missing: `${keyNames[0]} is not set` }
    const provider = createNanoBananaProvider({ settings: { ...settings, key }, ask, languages, now })
    return { ...entry, provider, missing: null, defaultQuality: settings.DEFAULT_QUALITY }
  },
}

export function createNanoBananaProvider({ settings, ask, languages, now }: NanoBananaParts): Provider {
  const models = nanoBananaModels(languages)
  const request = (more: Omit<AskRequest, 'baseUrl' | 'headers'>) =>
    ask({ ...more, baseUrl: settings.API_BASE_URL, headers: { 'x-goog-api-key': settings.key } })
  const look = (model: string, signal: AbortSignal) =>
    request({ method: 'GET', path: pathOf(model), timeoutMs: lookTimeoutMs, signal })

  return {
    id,
    models,
    limits: limitsOf(settings),

    // Voice, face and frame are our renderer's, and so is what it leaves undone.
    adjust: localAdjustments,

    plan(speaking) {
      const first = nextEdit(speaking, [])
      if (typeof first === 'string') throw new Error('no edit is planned')
      return first
    },
    next: nextEdit,

    async start(call, speaking, { signal, scratch }): Promise<CallOutcome> {
      const shape = shapeOf(call)
      const facts = callFacts(speaking.model)
      if (!facts) throw new Error(`${speaking.model} is not a model of this provider`)
      const data = (await readFile(speaking.photo.path)).toString('base64')
      if (data.length > mostPhotoCharacters) {
        throw new VendorFailure('too-large', { cause: new Error(`the photo is ${data.length} characters of base64`) })
      }
      const answer = await request({
        method: 'POST',
        path: `${pathOf(speaking.model)}:generateContent`,
        json: {
          contents: [
            {
              role: 'user',
              parts: [
                { text: editPrompt(shape, speaking.photo.face) },
                { inlineData: { mimeType: 'image/jpeg', data } },
              ],
            },
          ],
          // No aspect ratio: it follows the photo's own.
          generationConfig: { responseModalities: ['IMAGE'], imageConfig: { imageSize: facts.imageSize } },
        },
        timeoutMs: editTimeoutMs,
        maxResponseBytes: mostAnswerBytes,
        signal,
      })
      const { bytes, type, costMicros, responseId } = readEdit(answer, facts.rates, now())
      const file = join(scratch, `${shape}.${type}`)
      await writeFile(file, bytes)
      return {
        kind: 'finished',
        outputs: [{ role: 'image', file }],
        ...(costMicros !== null && { cost: { micros: costMicros, currency: 'USD' } }),
        ...(responseId !== null && { requestId: responseId }),
      }
    },

    async knows(model, { signal }) {
      const answer = await look(model, signal)
      if (answer.status === 404) return false
      if (answer.status < 200 || answer.status >= 300) throw geminiRefusal(answer, now())
      return true
    },

    async probe({ signal }) {
      const { status } = await look(models[0]!.id, signal)
      return { status }
    },
  }
}

function keyIn(environment: Readonly<Record<string, unknown>>): string | undefined {
  return keyNames.map((name) => environment[name] as string | undefined).find((key) => key !== undefined)
}

function pathOf(model: string): string {
  return `/v1beta/models/${encodeURIComponent(model.slice(id.length + 1))}`
}
