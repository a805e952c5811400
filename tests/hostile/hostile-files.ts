/**
 * Files that a stranger may send as a photo, made here byte by byte, each with the answer it has to get. Half of them must be
 * refused; the other half are odd or ugly, but show a face, and have to be taken.
 */
import type { Answer } from './answers.ts'
import { jpegFiles } from './jpeg-files.ts'
import { gifFiles, isoMediaFiles, webpFiles, wrongFiles } from './other-files.ts'
import { pngFiles } from './png-files.ts'

export interface HostileFile {
  readonly name: string
  readonly make: () => Buffer | Promise<Buffer>
  readonly answer: Answer
}

/** @param portrait a JPEG in which one face can speak */
export function hostileFiles(portrait: Buffer): readonly HostileFile[] {
  return [
    ...pngFiles(portrait),
    ...jpegFiles(portrait),
    ...gifFiles(portrait),
    ...webpFiles(portrait),
    ...isoMediaFiles(portrait),
    ...wrongFiles(portrait),
  ].map(([name, answer, make]) => ({ name, answer, make }))
}
