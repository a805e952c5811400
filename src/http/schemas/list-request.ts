import { z } from 'zod'
import type { GenerationStatus } from '../../generations/generation.ts'
import { choiceField, defaulted, nameField, numberField, optional } from './fields.ts'

const statuses = [
  'queued',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly GenerationStatus[]

/** The query of GET /api/v1/video. */
export const listFields = z.object({
  limit: defaulted(numberField({ min: 1, max: 100, whole: true }), 20, 'How many at most, 1 to 100.'),
  cursor: optional(nameField(/^[\x21-\x7e]{1,512}$/, 'must be a next_cursor'), 'The next_cursor of the page before.'),
  status: optional(choiceField(statuses), 'Only those in this status.'),
})
