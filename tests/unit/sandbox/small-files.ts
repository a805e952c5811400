/** Files that are no more than what a strict vendor looks at. */

export const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(400, 7)])

/** A mono 16-bit WAV of silence at 16 kHz. */
export function wavOf(seconds: number): Buffer {
  const data = Buffer.alloc(16_000 * seconds * 2)
  const head = Buffer.from('RIFF....WAVEfmt ....................data....', 'latin1')
  head.writeUInt32LE(36 + data.length, 4)
  for (const [at, value] of [[16, 16], [24, 16_000], [28, 32_000], [40, data.length]] as const) head.writeUInt32LE(value, at) // biome-ignore format: a table
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) head.writeUInt16LE(value, at) // biome-ignore format: a table
  return Buffer.concat([head, data])
}

/** The beginning of an MP4, with its length and no pictures. */
export function mp4Of(seconds: number): Buffer {
  const film = Buffer.alloc(160)
  film.write('....ftypisom', 0, 'latin1')
  film.write('mvhd', 40, 'latin1')
  film.writeUInt32BE(1000, 56)
  film.writeUInt32BE(seconds * 1000, 60)
  return film
}
