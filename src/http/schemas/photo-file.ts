import { z } from 'zod'

/** The file field `audio` of a form. */
export const audioFile = z.string().meta({
  description:
    'The script as you recorded it, heard instead of a voice: WAV (PCM of 8 to 32 bits or float, 8 to 96 kHz). Needs `script`, word for word.',
  override: { format: 'binary', contentMediaType: 'application/octet-stream' },
})

/** The file field `photo` of a form, for the document: what comes is a stream and is judged by what it holds. */
export const photoFile = z.string().meta({
  description: 'JPEG, PNG, WebP, GIF or AVIF with a face that looks at the camera.',
  override: { format: 'binary', contentMediaType: 'application/octet-stream' },
})
