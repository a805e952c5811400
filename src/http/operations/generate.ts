/** POST /api/v1/video/generate, described. */
import {
  completedGeneration,
  exampleGenerationId,
  examplePhotoId,
  exampleWarnings,
  queuedGeneration,
} from '../openapi/examples.ts'
import { location, retryAfter } from '../openapi/headers.ts'
import type { Operation } from '../openapi/operation.ts'
import {
  reasonsOfFace,
  reasonsOfForm,
  reasonsOfPhoto,
  reasonsOfRecording,
  reasonsOfWishes,
} from '../openapi/reasons.ts'
import { strictBody } from '../openapi/strict-body.ts'
import { api } from '../paths.ts'
import { withExample } from '../schemas/fields.ts'
import { acceptedGenerationSchema } from '../schemas/generation.ts'
import { generationFields, idShape } from '../schemas/generation-request.ts'
import { audioFile, photoFile } from '../schemas/photo-file.ts'

const jsonBody = generationFields.meta(
  strictBody('GenerationRequest', 'A photo kept before, a script, and settings.', { required: ['photo_id', 'script'] }),
)

/** What the docs page fills into its form; it would make values up, and an id beside the photo is a mistake. */
const filledIn = {
  photo_id: generationFields.shape.photo_id.meta({
    override: { examples: [''], pattern: idShape.source.replace('{1,', '{0,') },
  }),
  face: withExample(generationFields.shape.face, 0),
  script: withExample(generationFields.shape.script, 'Hello from me.'),
  voice: withExample(generationFields.shape.voice, 'en-us-slt'),
  language: withExample(generationFields.shape.language, 'en-US'),
  model: withExample(generationFields.shape.model, 'local/talking-head'),
  strategy: withExample(generationFields.shape.strategy, 'quality-cost'),
  cost_limit: withExample(generationFields.shape.cost_limit, 5),
}

const formBody = generationFields
  .extend({ photo: photoFile.optional(), audio: audioFile.optional(), ...filledIn })
  .meta(
    strictBody('GenerationForm', 'A photo (or the id of one kept before), a script, and settings. Each field once.', {
      required: ['script'],
      oneOf: [{ required: ['photo'] }, { required: ['photo_id'] }],
    }),
  )

export const generateOperation: Operation = {
  id: 'generateVideo',
  method: 'post',
  path: `${api}/video/generate`,
  tag: 'videos',
  summary: 'Make a video in which the photo speaks the script',
  description:
    'Checks photo and script at once and answers with an estimate; the work is done in the background. ' +
    'Follow it by its events, or ask for it again after `Retry-After` seconds. ' +
    'In a form, objects are JSON text; `voice_settings[speed]` and `voice_settings[pitch]` may come one by one.',
  body: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: formBody,
        encoding: {
          photo: { contentType: 'image/jpeg, image/png, image/webp, image/gif, image/avif' },
          audio: { contentType: 'audio/wav' },
          voice_settings: { contentType: 'application/json' },
          cost_limit: { contentType: 'application/json' },
          metadata: { contentType: 'application/json' },
        },
        examples: {
          simple: {
            summary: 'Photo and words',
            value: { photo: '(the bytes of a photo)', script: 'Hello from me.', consent: true },
          },
          everything: {
            summary: 'Every setting',
            value: {
              photo: '(the bytes of a photo)',
              face: 0,
              script: 'Good morning! I was a photo a moment ago.',
              duration: 30,
              quality: 'economy',
              aspect_ratio: 'square',
              voice: 'en-us-slt',
              language: 'en-US',
              voice_settings: { speed: 1.1, pitch: -1 },
              lip_sync_enabled: true,
              facial_animation_strength: 0.6,
              background_noise_reduction: false,
              audio_enhancement: true,
              burn_subtitles: true,
              priority: 'low',
              timeout: 600,
              model: 'local/talking-head',
              strategy: 'cheapest',
              cost_limit: { amount: '4.50', currency: 'INR' },
              metadata: { order: 17 },
              fresh: true,
              consent: true,
            },
          },
          kept: {
            summary: 'A photo kept before',
            value: { photo_id: examplePhotoId, script: 'Hello again.', consent: true },
          },
        },
      },
      'application/json': {
        schema: jsonBody,
        examples: {
          kept: {
            summary: 'A photo kept before',
            value: {
              photo_id: examplePhotoId,
              script: 'Hello again.',
              quality: 'economy',
              voice_settings: { speed: 0.9, pitch: 2 },
              strategy: 'least-loaded',
              cost_limit: 5,
              metadata: { order: 18 },
              consent: true,
            },
          },
        },
      },
    },
  },
  answers: {
    200: {
      description: 'The video of an equal request is there already: this is done. `fresh=true` makes a new one.',
      headers: { Location: location },
      content: {
        'application/json': {
          schema: acceptedGenerationSchema,
          examples: { cached: { value: { ...completedGeneration, cached: true, warnings: [] } } },
        },
      },
    },
    202: {
      description: 'Accepted. The fields as they were understood, what will not be done as asked, and where to look.',
      headers: { Location: location, 'Retry-After': retryAfter },
      content: {
        'application/json': {
          schema: acceptedGenerationSchema,
          examples: { accepted: { value: { ...queuedGeneration, warnings: exampleWarnings } } },
        },
      },
      links: {
        generation: {
          operationId: 'getVideo',
          parameters: { id: '$response.body#/id' },
          description: `For example ${api}/video/${exampleGenerationId}.`,
        },
      },
    },
  },
  problems: [
    ...reasonsOfForm,
    ...reasonsOfPhoto,
    ...reasonsOfFace,
    ...reasonsOfRecording,
    'json-malformed',
    'body-too-large',
    'text-not-storable',
    'photo-not-found',
    'consent-missing',
    'script-not-speakable',
    'script-too-long',
    'language-unsupported',
    'language-writing-mismatch',
    'voice-unknown',
    'voice-language-mismatch',
    'subtitles-unsupported',
    ...reasonsOfWishes,
    'cost-limit-too-low',
    'no-able-model',
    'providers-down',
    'queue-full',
    'speech-engine-failed',
  ],
}
