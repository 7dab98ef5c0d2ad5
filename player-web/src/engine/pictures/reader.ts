/** What the readers of the formats have in common. What they read comes from a home and is hostile. */

/** So many bytes at that place of the file. */
export interface Need {
  at: number
  bytes: number
}

/** Places of a file, both inclusive. */
export interface Span {
  first: number
  last: number
}

/** A picture in a file. */
export interface Picture {
  /** Its bytes, without the header that names it. */
  span: Span
  /** What makes its header name something to skip: these bytes at that place, within the bytes read last. */
  rename: { at: number; bytes: readonly number[] }
}

/**
 * Reads the structure of a file: yields what it needs, gets exactly that, and tells every picture on the way. Needs only
 * go forward in the file and are at most {@link NEED_BYTES_MAX} long.
 */
export type Reader = Generator<Need, void, Uint8Array>

/** The longest need, which is the first: `RIFF`, a length, `WAVE`. */
export const NEED_BYTES_MAX = 12

export type Tell = (picture: Picture) => void

/** Big-endian number of `length` bytes, at most 6 of them. */
export function uintBe(bytes: Uint8Array, at: number, length: number): number {
  let value = 0
  for (let i = at; i < at + length; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}

export function uint32Le(bytes: Uint8Array, at: number): number {
  return uintBe(bytes.slice(at, at + 4).reverse(), 0, 4)
}

export function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

export function codes(text: string): number[] {
  return [...text].map((char) => char.charCodeAt(0))
}
