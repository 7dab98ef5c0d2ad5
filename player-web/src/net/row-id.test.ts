import { describe, expect, test } from 'vitest'
import { newRowId, rowId } from './row-id'

describe('a row id', () => {
  test('is the example of RFC 9562, appendix A.6', () => {
    const random = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f])
    expect(rowId(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
  })

  test('carries version and variant whatever the random bytes', () => {
    for (const byte of [0x00, 0x5a, 0xff]) {
      expect(rowId(1, new Uint8Array(10).fill(byte))).toMatch(/^00000000-0001-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })

  test('is another one each time', () => {
    expect(newRowId()).not.toBe(newRowId())
  })
})
