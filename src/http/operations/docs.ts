/** The docs page, described. */
import { z } from 'zod'
import type { Operation } from '../openapi/operation.ts'
import { docsFile } from '../schemas/docs-file.ts'

const file = (contentMediaType: string) => ({ [contentMediaType]: { schema: { contentMediaType } } })

export const docsOperation: Operation = {
  id: 'getDocs',
  method: 'get',
  path: '/docs',
  tag: 'service',
  summary: 'This document as a page, to read and to try',
  answers: { 200: { description: 'The page.', content: file('text/html') } },
}

export const docsFileOperation: Operation = {
  id: 'getDocsFile',
  method: 'get',
  path: '/docs/{file}',
  tag: 'service',
  summary: 'What the page loads',
  parameters: { path: z.object({ file: docsFile.meta({ examples: [...docsFile.options] }) }) },
  answers: {
    200: {
      description: 'The file.',
      content: { ...file('text/css'), ...file('text/javascript'), ...file('image/png') },
    },
  },
  problems: ['path-unknown'],
}
