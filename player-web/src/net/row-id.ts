import type { RowId } from './portal-types'

/**
 * A UUIDv7 (RFC 9562 §5.7) of Unix milliseconds and at least 10 random bytes: an id that is made here and sorts by its
 * time.
 */
export function rowId(unixMs: number, random: Uint8Array): RowId {
  const time = Math.floor(unixMs).toString(16).padStart(12, '0').slice(-12)
  const bytes = [...random.subarray(0, 10)]
  bytes[0] = 0x70 | ((bytes[0] ?? 0) & 0x0f)
  bytes[2] = 0x80 | ((bytes[2] ?? 0) & 0x3f)
  const rest = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(0, 4)}-${rest.slice(4, 8)}-${rest.slice(8)}`
}

/** A fresh one. */
export function newRowId(): RowId {
  return rowId(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
}
