import { z } from 'zod'

/** The file field `photo` of a form, for the document: what comes is a stream and is judged by what it holds. */
export const photoFile = z.string().meta({
  description: 'JPEG, PNG, WebP, GIF or AVIF with a face that looks at the camera.',
  override: { format: 'binary', contentMediaType: 'application/octet-stream' },
})
