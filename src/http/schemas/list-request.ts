import { z } from 'zod'
import type { GenerationStatus } from '../../generations/generation.ts'
import { choiceField, defaulted, nameField, numberField, optional, withExample } from './fields.ts'

const statuses = [
  'queued',
  'processing',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly GenerationStatus[]

/** The query of GET /api/v1/video. */
export const listFields = z.object({
  limit: withExample(defaulted(numberField({ min: 1, max: 100, whole: true }), 20, 'How many at most, 1 to 100.'), 2),
  cursor: withExample(
    optional(nameField(/^[\x21-\x7e]{1,512}$/, 'must be a next_cursor'), 'The next_cursor of the page before.'),
    'MTc2NzMyMzA0NTY3OCBnZW5fMDE5YWE1YjJjM2Q0NzAwMDg5YWIwMTIzNDU2Nzg5YWI',
  ),
  status: withExample(optional(choiceField(statuses), 'Only those in this status.'), 'completed'),
})
