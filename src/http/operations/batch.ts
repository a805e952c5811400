/** POST /api/v1/video/batch, described. */
import { catalogue } from '../../errors.ts'
import { exampleGenerationId, examplePhotoId, exampleRequestId, queuedGeneration } from '../openapi/examples.ts'
import { retryAfter } from '../openapi/headers.ts'
import type { Operation } from '../openapi/operation.ts'
import { strictBody } from '../openapi/strict-body.ts'
import { api } from '../paths.ts'
import { batchResultSchema, documentedBatchFields, type PublicBatchResult } from '../schemas/batch.ts'
import { photoFile } from '../schemas/photo-file.ts'
import { generateOperation } from './generate.ts'

const path = `${api}/video/batch`
const either = [{ required: ['items'] }, { required: ['scripts'] }]
const jsonBody = documentedBatchFields.meta(
  strictBody('BatchRequest', 'Items, or scripts for one photo.', { required: [], oneOf: either }),
)
const formBody = documentedBatchFields.extend({ photo: photoFile.optional() }).meta({
  id: 'BatchForm',
  description: 'Items or scripts, and files in fields of any name, which items give as `photo` or `audio`.',
  override: { oneOf: either },
})

const example: PublicBatchResult = {
  items: [
    { index: 0, status: 202, generation: { ...queuedGeneration, warnings: [] }, problem: null },
    {
      index: 1,
      status: 422,
      generation: null,
      problem: {
        type: 'urn:talking-photo:problem:field-missing',
        title: catalogue.INVALID_REQUEST.title,
        status: 422,
        detail: 'script is required.',
        instance: path,
        code: 'INVALID_REQUEST',
        reason: 'field-missing',
        hint: 'The words to speak, 1 to 20000 characters.',
        retryable: false,
        retry_after_seconds: null,
        request_id: exampleRequestId,
        errors: [{ field: 'script', reason: 'field-missing', message: 'is required' }],
      },
    },
  ],
  summary: { accepted: 1, cached: 0, refused: 1, estimate: { amount: '0.00', micros: 0, currency: 'INR' } },
}

export const batchOperation: Operation = {
  id: 'generateVideos',
  method: 'post',
  path,
  tag: 'videos',
  summary: 'Make up to 50 videos: many scripts, many photos, or both',
  description:
    'Each item is a request of its own, with the fields of a single generation and an answer of its own, in order; a mistake in ' +
    `one spoils no other. \`cost_limit\` bounds what all may cost together. See ${api}/video/generate; an item's video is at ` +
    `${api}/video/${exampleGenerationId}, for example.`,
  body: {
    required: true,
    content: {
      'application/json': {
        schema: jsonBody,
        examples: {
          scripts: {
            summary: 'Many scripts for a photo kept before',
            value: { photo_id: examplePhotoId, scripts: ['Good morning.', 'Good night.'], consent: true },
          },
          items: {
            summary: 'Items with settings of their own',
            value: {
              defaults: { photo_id: examplePhotoId, quality: 'economy', consent: true },
              items: [{ script: 'Good morning.' }, { script: 'Bonjour.', language: 'fr' }],
              cost_limit: 5,
            },
          },
        },
      },
      'multipart/form-data': {
        schema: formBody,
        encoding: {
          items: { contentType: 'application/json' },
          scripts: { contentType: 'application/json' },
          defaults: { contentType: 'application/json' },
          cost_limit: { contentType: 'application/json' },
        },
        examples: {
          scripts: {
            summary: 'Many scripts for one photo',
            value: { photo: '(the bytes of a photo)', scripts: ['One from a batch.', 'Two from it.'], consent: true },
          },
          items: {
            summary: 'Items that name their files',
            value: {
              photo: '(the bytes of a photo)',
              items: [{ photo: 'photo', script: 'Third of a batch.', quality: 'economy', consent: true }],
            },
          },
        },
      },
    },
  },
  answers: {
    207: {
      description: 'What came of each item, and the sum.',
      headers: { 'Retry-After': retryAfter },
      content: { 'application/json': { schema: batchResultSchema, examples: { two: { value: example } } } },
    },
  },
  // An item's own problem is inside the answer; these concern the batch.
  problems: generateOperation.problems ?? [],
}
