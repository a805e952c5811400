/**
 * What a file is by its first bytes. Names and content types are never asked: they are the sender's words.
 * Only what is in `acceptedPhotoTypes` ever reaches a decoder; every other kind is recognised just to say
 * something useful about it.
 */
import { open } from 'node:fs/promises'

export const acceptedPhotoTypes = ['jpeg', 'png', 'webp', 'gif', 'avif'] as const
export type PhotoType = (typeof acceptedPhotoTypes)[number]

export interface SniffedType {
  /** Null when the photo intake does not accept it. */
  readonly accepted: PhotoType | null
  /** A person's word for it: 'JPEG', 'HEIC', 'PDF', or null when it is not recognised. */
  readonly name: string | null
}

/** Enough for every signature below, and for the brands of an ISO media file. */
const headBytes = 512

const signatures: readonly { name: string; accepted?: PhotoType; at?: number; bytes: string }[] = [
  { name: 'JPEG', accepted: 'jpeg', bytes: '\xff\xd8\xff' },
  { name: 'PNG', accepted: 'png', bytes: '\x89PNG\r\n\x1a\n' },
  { name: 'GIF', accepted: 'gif', bytes: 'GIF87a' },
  { name: 'GIF', accepted: 'gif', bytes: 'GIF89a' },
  { name: 'TIFF', bytes: 'II*\0' },
  { name: 'TIFF', bytes: 'MM\0*' },
  { name: 'BMP', bytes: 'BM' },
  { name: 'Photoshop', bytes: '8BPS' },
  { name: 'JPEG XL', bytes: '\xff\x0a' },
  { name: 'JPEG XL', bytes: '\0\0\0\x0cJXL ' },
  { name: 'JPEG 2000', bytes: '\0\0\0\x0cjP  ' },
  { name: 'icon', bytes: '\0\0\x01\0' },
  { name: 'PDF', bytes: '%PDF-' },
  { name: 'ZIP', bytes: 'PK\x03\x04' },
  { name: 'gzip', bytes: '\x1f\x8b' },
  { name: 'WebM', bytes: '\x1aE\xdf\xa3' },
  { name: 'MP3', bytes: 'ID3' },
  { name: 'program', bytes: '\x7fELF' },
  { name: 'program', bytes: 'MZ' },
]

/** Reads at most the first 512 bytes of the file. */
export async function sniffPhotoType(file: string): Promise<SniffedType> {
  const handle = await open(file, 'r')
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    return sniff(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

function sniff(head: Buffer): SniffedType {
  const text = head.toString('latin1')
  for (const { name, accepted, bytes } of signatures) {
    if (text.startsWith(bytes)) return { accepted: accepted ?? null, name }
  }
  if (text.startsWith('RIFF')) return sniffRiff(text.slice(8, 12))
  if (text.slice(4, 8) === 'ftyp') return sniffIsoMedia(head)
  return { accepted: null, name: sniffMarkup(text) }
}

function sniffRiff(form: string): SniffedType {
  if (form === 'WEBP') return { accepted: 'webp', name: 'WebP' }
  return { accepted: null, name: form === 'WAVE' ? 'WAV' : 'RIFF' }
}

/** AVIF, HEIC and MP4 are one container; the brands, main and compatible, tell them apart. */
function sniffIsoMedia(head: Buffer): SniffedType {
  const boxEnd = Math.min(head.readUInt32BE(0), head.length)
  const brands = [head.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= boxEnd; at += 4) brands.push(head.toString('latin1', at, at + 4))
  if (brands.some((brand) => /^he(ic|ix|im|is|vc|vx|vm|vs)$/.test(brand))) return { accepted: null, name: 'HEIC' }
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return { accepted: 'avif', name: 'AVIF' }
  if (brands[0] === 'mif1' || brands[0] === 'msf1') return { accepted: null, name: 'HEIF' }
  return { accepted: null, name: brands[0] === 'qt  ' ? 'QuickTime' : 'MP4' }
}

function sniffMarkup(text: string): string | null {
  const start = text
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase()
  if (/^<svg|^<\?xml[\s\S]*<svg/.test(start)) return 'SVG'
  if (/^<!doctype html|^<html/.test(start)) return 'HTML'
  if (start.startsWith('<?xml')) return 'XML'
  return null
}
