/** Bodies of Google's video models as they are documented, to the letter; what is documented and not simulated is refused, too. */
import { z } from 'zod'
import { imageTypeOf, readBase64 } from './check-body.ts'
import { invalid } from './refusal.ts'

/** The models that answer, and how; those that were shut down are not among them. */
export const videoModels: Readonly<Record<string, { readonly wire: 'veo' | 'omni'; readonly has4k: boolean }>> = {
  'veo-3.1-generate-preview': { wire: 'veo', has4k: true },
  'veo-3.1-fast-generate-preview': { wire: 'veo', has4k: true },
  'veo-3.1-lite-generate-preview': { wire: 'veo', has4k: false },
  'gemini-omni-1.1-flash': { wire: 'omni', has4k: true },
  'gemini-omni-1.2-flash': { wire: 'omni', has4k: true },
}

const mimeType = z.enum(['image/jpeg', 'image/png'])
const veoImage = z.strictObject({ bytesBase64Encoded: z.string().min(1), mimeType })
const aspectRatio = z.enum(['16:9', '9:16'])
/** A limit of 1,024 tokens, as no prompt of fewer letters can be over it. */
const prompt = z.string().min(1).max(4096)

const veoBody = z.strictObject({
  instances: z.tuple([z.strictObject({ prompt, image: veoImage.optional(), lastFrame: veoImage.optional() })]),
  parameters: z
    .strictObject({
      sampleCount: z.literal(1).optional(),
      durationSeconds: z.literal([4, 6, 8]).optional(),
      aspectRatio: aspectRatio.optional(),
      resolution: z.enum(['720p', '1080p', '4k']).optional(),
      personGeneration: z.enum(['allow_adult', 'allow_all']).optional(),
      negativePrompt: z.string().optional(),
      enhancePrompt: z.boolean().optional(),
      seed: z.int().optional(),
    })
    .optional(),
})

const omniImageType = z.enum(['image/jpeg', 'image/png', 'image/webp', 'image/heic', 'image/heif'])
const omniInput = z.union([
  z.string().min(1),
  z.array(
    z.discriminatedUnion('type', [
      z.strictObject({ type: z.literal('image'), data: z.string().min(1), mime_type: omniImageType }),
      z.strictObject({ type: z.literal('text'), text: prompt }),
    ]),
  ),
])
const omniBody = z.strictObject({
  model: z.string(),
  input: omniInput,
  // Without it the request would wait for the film, with the bytes in its answer: this is not simulated.
  background: z.literal(true),
  response_format: z.strictObject({
    type: z.literal('video'),
    delivery: z.literal('uri'),
    aspect_ratio: aspectRatio.optional(),
    resolution: z.enum(['360p', '720p', '1080p', '4k']).optional(),
    duration: z
      .string()
      .regex(/^\d{1,2}(\.\d{1,9})?s$/, 'must be a duration such as "8s"')
      .refine((text) => Number.parseFloat(text) >= 3 && Number.parseFloat(text) <= 10, 'must be 3 to 10 seconds')
      .optional(),
  }),
})

/** What either wire asks for. */
export interface AskedClip {
  readonly prompt: string
  readonly image: { readonly bytes: Buffer; readonly type: 'image/jpeg' | 'image/png' | 'image/webp' }
  readonly seconds: number
  readonly width: number
  readonly height: number
}

export const readVeo = { schema: veoBody, toClip: veoClip }
export const readOmni = { schema: omniBody, toClip: omniClip }

function veoClip({ instances: [instance], parameters = {} }: z.output<typeof veoBody>, model: string): AskedClip {
  const { durationSeconds: seconds = 8, resolution = '720p', personGeneration } = parameters
  if (resolution === '4k' && !videoModels[model]?.has4k) throw invalid('parameters.resolution', 'this model has no 4k')
  if (resolution !== '720p' && seconds !== 8 && !model.includes('lite'))
    throw invalid('parameters.durationSeconds', `must be 8 for ${resolution}`)
  if (!instance.image) throw invalid('instances.0.image', 'is simulated with an image only')
  if (personGeneration === 'allow_all')
    throw invalid('parameters.personGeneration', 'must be allow_adult with an image')
  const { bytesBase64Encoded, mimeType: type } = instance.image
  const image = imageOf(bytesBase64Encoded, type, 'instances.0.image.bytesBase64Encoded')
  return { prompt: instance.prompt, image, seconds, ...sizeOf(resolution, parameters.aspectRatio) }
}

function omniClip({ input, response_format: format }: z.output<typeof omniBody>): AskedClip {
  const parts = typeof input === 'string' ? [] : input
  const texts = parts.flatMap((part) => (part.type === 'text' ? part.text : []))
  const images = parts.flatMap((part) => (part.type === 'image' ? part : []))
  const [picture] = images
  if (!picture || images.length > 1 || texts.length !== 1)
    throw invalid('input', 'is simulated with one image and one text only')
  const image = imageOf(picture.data, picture.mime_type, 'input.0.data')
  const seconds = Number.parseFloat(format.duration ?? '8s')
  return { prompt: texts[0]!, image, seconds, ...sizeOf(format.resolution ?? '720p', format.aspect_ratio) }
}

function imageOf(data: string, type: string, field: string): AskedClip['image'] {
  const bytes = readBase64(data)
  const found = bytes && imageTypeOf(bytes)
  if (!bytes || found === null || found !== type) throw invalid(field, `must be a ${type} in base64`)
  return { bytes, type: found }
}

const shortSides: Readonly<Record<string, number>> = { '360p': 360, '720p': 720, '1080p': 1080, '4k': 2160 }

function sizeOf(resolution: string, ratio: '16:9' | '9:16' = '16:9'): { width: number; height: number } {
  const short = shortSides[resolution]!
  const long = (short * 16) / 9
  return ratio === '16:9' ? { width: long, height: short } : { width: short, height: long }
}
