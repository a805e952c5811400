import { z } from 'zod'

/** What the docs page loads. */
export const docsFile = z.enum(['docs.css', 'docs.js', 'swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'])
export type DocsFile = z.infer<typeof docsFile>
