/** The voices, described. */
import { z } from 'zod'
import type { Operation } from '../openapi/operation.ts'
import { api, voiceSamplePath } from '../paths.ts'
import { voiceFields, voicesSchema } from '../schemas/voice.ts'
import { fileParts } from './media.ts'

export const voicesOperation: Operation = {
  id: 'listVoices',
  method: 'get',
  path: `${api}/voices`,
  tag: 'voices',
  summary: 'List the voices',
  description: 'The first of a language is the one that speaks when none is asked for.',
  parameters: { query: voiceFields },
  answers: {
    200: {
      description: 'All there are, or all of the language.',
      content: {
        'application/json': {
          schema: voicesSchema,
          examples: {
            one: {
              value: {
                items: [
                  {
                    id: 'en-us-slt',
                    name: 'Susan',
                    language: 'en-US',
                    gender: 'female',
                    engine: 'flite',
                    links: { sample: voiceSamplePath('en-us-slt') },
                  },
                ],
              },
            },
          },
        },
      },
    },
  },
  problems: ['field-invalid', 'field-unknown', 'field-repeated', 'fields-invalid'],
}

const { parameters, answers } = fileParts('audio/wav')

export const voiceSampleOperation: Operation = {
  id: 'getVoiceSample',
  method: 'get',
  path: `${api}/voices/{id}/sample`,
  tag: 'voices',
  summary: 'Hear a voice say a sentence of its language (WAV)',
  parameters: {
    path: z.object({ id: z.string().meta({ description: 'The id of a voice.', examples: ['en-us-slt'] }) }),
    ...parameters,
  },
  answers,
  problems: [
    'voice-not-found',
    'precondition-failed',
    'range-not-satisfiable',
    'analysis-busy',
    'analysis-crashed',
    'analysis-timeout',
    'analysis-closed',
    'speech-engine-failed',
  ],
}
