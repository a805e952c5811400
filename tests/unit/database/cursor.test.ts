import { describe, expect, it } from '@jest/globals'
import { decodeCursor, encodeCursor } from '../../../src/database/cursor.ts'

describe('a list cursor', () => {
  const place = { createdAt: new Date('2026-03-01T10:00:00.123Z'), id: 'gen_0190a1b2-c3d4' }

  it('leads back to its place', () => {
    expect(decodeCursor(encodeCursor(place))).toEqual(place)
  })

  it('can stand in a URL as it is', () => {
    expect(encodeCursor(place)).toMatch(/^[\w-]+$/)
  })

  const encoded = (text: string) => Buffer.from(text).toString('base64url')
  it.each([
    ['with something behind it', `${encodeCursor(place)}=`],
    ['with a character that base64 skips', `!${encodeCursor(place)}`],
    ['cut short', encodeCursor(place).slice(0, 12)],
    ['of another number form', encoded('0017 gen_1')],
    ['with quotes in it', encoded(`17 gen_1' OR '1'='1`)],
    ['without an id', encoded('17 ')],
    ['beyond all dates', encoded('999999999999999999 gen_1')],
  ])('%s is refused', (_, cursor) => {
    expect(() => decodeCursor(cursor)).toThrow(expect.objectContaining({ reason: 'cursor-invalid', status: 400 }))
  })
})
