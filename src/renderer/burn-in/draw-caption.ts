import sharp from 'sharp'

/** A caption as it is laid over a YUV420 picture: out = (in x keep + 128) / 256 + add, luma and chroma each. Even sizes. */
export interface CaptionBitmap {
  readonly width: number
  readonly height: number
  /** 0..256 and 0..235 a pixel. */
  readonly keep: Uint16Array
  readonly add: Uint8Array
  /** The same at half size; both chroma planes are drawn towards grey. */
  readonly keepChroma: Uint16Array
  readonly addChroma: Uint8Array
}

export interface CaptionStyle {
  /** Pango's families and weight. */
  readonly font: string
  /** Size of the letters (em), pixels. */
  readonly fontPixels: number
  /** No caption is wider, box included, pixels; its letters shrink instead. */
  readonly maxWidth: number
}

/** The box darkens what is behind it to this share: white letters on a white shirt still stand at 4.5 : 1 (WCAG). */
const boxKeeps = 0.4
const lineHeight = 1.3
const padding = 0.18
const corner = 0.3
const white = 235
const black = 16
const grey = 128

let loaded: Promise<unknown> = Promise.resolve()
const loadedFiles = new Set<string>()

/** Makes fonts known to this process, once each. A bare machine needs no fonts of its own. */
export async function loadFonts(files: readonly string[]): Promise<void> {
  for (const file of files) {
    if (loadedFiles.has(file)) continue
    loadedFiles.add(file)
    loaded = loaded.then(() =>
      sharp({ text: { text: '.', fontfile: file, dpi: 72 } })
        .raw()
        .toBuffer(),
    )
  }
  await loaded
}

/** @param lines plain text, one or two */
export async function drawCaption(lines: readonly string[], style: CaptionStyle): Promise<CaptionBitmap> {
  const first = await drawText(lines, style, style.fontPixels)
  const room = style.maxWidth - 2 * Math.round(style.fontPixels * padding)
  if (first.width <= room) return overlay(first, style.fontPixels)
  const fontPixels = Math.max(8, Math.floor((style.fontPixels * room) / first.width))
  return overlay(await drawText(lines, style, fontPixels), fontPixels)
}

interface TextMask {
  readonly width: number
  readonly height: number
  /** How much of each pixel is letter, 0..255. */
  readonly mask: Uint8Array
}

/**
 * The letters of a caption. Pictures of text end where its ink ends, so captions with and without a 'g' would sit at
 * different heights: an invisible bar at both ends of each line gives them all the same.
 */
async function drawText(lines: readonly string[], { font }: CaptionStyle, fontPixels: number): Promise<TextMask> {
  const bar = '<span alpha="1" font_family="Noto Sans">|</span>'
  const text = lines.map((line) => `${bar}${escapeMarkup(line)}${bar}`).join('\n')
  // Pango counts in 1024ths of a point; at 72 dpi a point is a pixel.
  const pitch = Math.round(fontPixels * lineHeight * 1024)
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="white" line_height="${pitch}">${text}</span>`,
      font: `${font} ${fontPixels}`,
      rgba: true,
      dpi: 72,
      align: 'centre',
    },
  })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const mask = new Uint8Array(info.width * info.height)
  for (let i = 0; i < mask.length; i++) mask[i] = data[i * info.channels + 3]!
  return { width: info.width, height: info.height, mask }
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** White letters on a dark box with round corners. */
function overlay(text: TextMask, fontPixels: number): CaptionBitmap {
  const pad = Math.round(fontPixels * padding)
  const even = (size: number) => 2 * Math.ceil(size / 2)
  const [width, height] = [even(text.width + 2 * pad), even(text.height + 2 * pad)]
  const keep = new Uint16Array(width * height)
  const add = new Uint8Array(width * height)
  const radius = fontPixels * corner
  const left = (width - text.width) >> 1
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inText = x >= left && x < left + text.width && y >= pad && y < pad + text.height
      const letter = inText ? text.mask[(y - pad) * text.width + x - left]! / 255 : 0
      const box = insideBox(x, y, width, height, radius) * (1 - boxKeeps)
      const at = y * width + x
      keep[at] = Math.round(256 * (1 - box) * (1 - letter))
      add[at] = Math.round(black * box * (1 - letter) + white * letter)
    }
  }
  return { width, height, keep, add, ...halve(keep, width, height) }
}

/** 1 inside, 0 outside, between them over the one pixel of the edge. */
function insideBox(x: number, y: number, width: number, height: number, radius: number): number {
  const dx = Math.max(0, radius - (x + 0.5), x + 0.5 - (width - radius))
  const dy = Math.max(0, radius - (y + 0.5), y + 0.5 - (height - radius))
  return Math.min(1, Math.max(0, radius - Math.hypot(dx, dy) + 0.5))
}

function halve(keep: Uint16Array, width: number, height: number): Pick<CaptionBitmap, 'keepChroma' | 'addChroma'> {
  const keepChroma = new Uint16Array(keep.length / 4)
  const addChroma = new Uint8Array(keep.length / 4)
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const at = y * width + x
      const kept = (keep[at]! + keep[at + 1]! + keep[at + width]! + keep[at + width + 1]! + 2) >> 2
      const half = (y >> 1) * (width >> 1) + (x >> 1)
      keepChroma[half] = kept
      addChroma[half] = Math.round((grey * (256 - kept)) / 256)
    }
  }
  return { keepChroma, addChroma }
}
