/** Photos, described. */
import { z } from 'zod'
import { exampleCheck, examplePhoto, examplePhotoId, exampleWarnings } from '../openapi/examples.ts'
import { location } from '../openapi/headers.ts'
import type { Operation } from '../openapi/operation.ts'
import { reasonsOfFace, reasonsOfForm, reasonsOfPhoto } from '../openapi/reasons.ts'
import { strictBody } from '../openapi/strict-body.ts'
import { api } from '../paths.ts'
import { idShape, photoCheckFields, photoFields } from '../schemas/generation-request.ts'
import { keptPhotoSchema, photoCheckSchema, photoSchema } from '../schemas/photo.ts'
import { photoFile } from '../schemas/photo-file.ts'

const photoPath = z.object({
  id: z
    .string()
    .regex(idShape)
    .meta({ description: 'The id of the photo.', examples: [examplePhotoId] }),
})

const checkForm = photoCheckFields
  .extend({ photo: photoFile })
  .meta(strictBody('PhotoCheckForm', 'A photo, and which of its faces.', { required: ['photo'] }))
const keepForm = photoFields
  .extend({ photo: photoFile })
  .meta(strictBody('PhotoForm', 'A photo.', { required: ['photo'] }))
const photo = '(the bytes of a photo)'

export const checkPhotoOperation: Operation = {
  id: 'checkPhoto',
  method: 'post',
  path: `${api}/photos/check`,
  tag: 'photos',
  summary: 'Can this photo speak?',
  description: 'Finds the faces and says which one would speak, or what is wrong. Keeps nothing.',
  body: {
    required: true,
    content: {
      'multipart/form-data': {
        schema: checkForm,
        examples: { photo: { value: { photo } }, face: { value: { photo, face: 0 } } },
      },
    },
  },
  answers: {
    200: {
      description: 'The verdict, also when the photo cannot speak.',
      content: { 'application/json': { schema: photoCheckSchema, examples: { fine: { value: exampleCheck } } } },
    },
  },
  problems: [...reasonsOfForm, ...reasonsOfPhoto],
}

export const keepPhotoOperation: Operation = {
  id: 'keepPhoto',
  method: 'post',
  path: `${api}/photos`,
  tag: 'photos',
  summary: 'Keep a photo for many scripts',
  body: {
    required: true,
    content: { 'multipart/form-data': { schema: keepForm, examples: { photo: { value: { photo } } } } },
  },
  answers: {
    201: {
      description: 'Kept.',
      headers: { Location: location },
      content: {
        'application/json': {
          schema: keptPhotoSchema,
          examples: { kept: { value: { ...examplePhoto, warnings: exampleWarnings } } },
        },
      },
    },
  },
  problems: [...reasonsOfForm, ...reasonsOfPhoto, ...reasonsOfFace],
}

export const readPhotoOperation: Operation = {
  id: 'getPhoto',
  method: 'get',
  path: `${api}/photos/{id}`,
  tag: 'photos',
  summary: 'Read what is known of a photo',
  parameters: { path: photoPath },
  answers: {
    200: {
      description: 'The photo and its faces.',
      content: { 'application/json': { schema: photoSchema, examples: { photo: { value: examplePhoto } } } },
    },
  },
  problems: ['photo-not-found'],
}

export const deletePhotoOperation: Operation = {
  id: 'deletePhoto',
  method: 'delete',
  path: `${api}/photos/{id}`,
  tag: 'photos',
  summary: 'Delete a photo',
  parameters: { path: photoPath },
  answers: { 204: { description: 'Deleted with its bytes.' } },
  problems: ['photo-not-found', 'photo-in-use'],
}
