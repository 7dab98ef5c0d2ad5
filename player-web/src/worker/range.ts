/** Byte ranges (RFC 9110 §14), bounded, as `protocol/src/range.rs` reads them. */

/** The longest answer to a range request, in bytes. */
export const CHUNK_BYTES_MAX = 1024 * 1024

export interface ByteRange {
  first: number
  last: number
}

export type Requested =
  /** No header, another unit, several ranges, or a malformed one: RFC 9110 has these ignored. */
  | { kind: 'whole' }
  | { kind: 'part'; range: ByteRange }
  | { kind: 'unsatisfiable' }

/** Reads a `Range` header for a body of `length` bytes. */
export function parseRange(header: string | null, length: number): Requested {
  const match = /^\s*bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header ?? '')
  if (!match) return { kind: 'whole' }
  const [first, last] = [number(match[1]), number(match[2])]
  if (Number.isNaN(first) || Number.isNaN(last)) return { kind: 'whole' }
  if (first === null) {
    if (last === null) return { kind: 'whole' }
    if (last === 0 || length === 0) return { kind: 'unsatisfiable' }
    return { kind: 'part', range: { first: Math.max(0, length - last), last: length - 1 } }
  }
  if (last !== null && last < first) return { kind: 'whole' }
  if (first >= length) return { kind: 'unsatisfiable' }
  return { kind: 'part', range: { first, last: Math.min(last ?? length - 1, length - 1) } }
}

/**
 * The `Range` header to ask a home with, for one that a media element sent: never longer than `bytesMax`. Shorter
 * answers are what the element then continues from. `null` for a header that is no single range.
 */
export function cutRange(header: string | null, bytesMax: number = CHUNK_BYTES_MAX): string | null {
  const match = /^\s*bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header ?? '')
  if (!match) return null
  const [first, last] = [number(match[1]), number(match[2])]
  if (Number.isNaN(first) || Number.isNaN(last)) return null
  if (first === null) return last === null ? null : `bytes=-${Math.min(last, bytesMax)}`
  if (last !== null && last < first) return null
  const end = first + bytesMax - 1
  return `bytes=${first}-${last === null ? end : Math.min(last, end)}`
}

/** First byte that a cut range asks for; `null` for a suffix. */
export function firstByte(range: string): number | null {
  const match = /^bytes=(\d+)-/.exec(range)
  return match ? Number(match[1]) : null
}

export interface ContentRange extends ByteRange {
  /** `null` when the home does not tell. */
  length: number | null
}

/** Reads a `Content-Range` header; `null` when it is none that makes sense. */
export function parseContentRange(header: string | undefined): ContentRange | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '')
  if (!match) return null
  const [first, last] = [Number(match[1]), Number(match[2])]
  const length = match[3] === '*' ? null : Number(match[3])
  return first <= last && (length === null || last < length) ? { first, last, length } : null
}

/** `null` for an empty text, `NaN` for digits that do not fit. */
function number(text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  return text.length <= 15 ? Number(text) : NaN
}
