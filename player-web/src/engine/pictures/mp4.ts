/** The boxes of MP4 and QuickTime files (ISO 14496-12) down to the cover: `moov/udta/meta/ilst/covr`. */

import { ascii, codes, uintBe, type Reader, type Tell } from './reader'

const HEADER_BYTES = 8
const LARGE_HEADER_BYTES = 16
/** High half of the largest safe integer: a longer box lies in no file. */
const SIZE_HIGH_MAX = 0x1f_ffff

/** Boxes to look into, by the box they lie in. */
const PATH: Readonly<Record<string, readonly string[]>> = {
  file: ['moov'], moov: ['udta', 'meta'], udta: ['meta'], meta: ['ilst'], ilst: [],
}

/** The boxes of the file from its first on. */
export function readFile(length: number, tell: Tell): Reader {
  return readBoxes('file', 0, length, tell)
}

function* readBoxes(parent: string, from: number, end: number, tell: Tell): Reader {
  for (let at = from; at + HEADER_BYTES <= end; ) {
    const header = yield { at, bytes: HEADER_BYTES }
    const box = ascii(header, 4, 4)
    let size = uintBe(header, 0, 4)
    let first = at + HEADER_BYTES
    if (size === 1) {
      const large = yield { at: first, bytes: 8 }
      if (uintBe(large, 0, 4) > SIZE_HIGH_MAX) return
      size = uintBe(large, 2, 6)
      first = at + LARGE_HEADER_BYTES
    } else if (size === 0) size = end - at
    const next = at + size
    if (next < first || next > end) return
    if (parent === 'ilst' && box === 'covr' && first === at + HEADER_BYTES) {
      tell({ span: { first, last: next - 1 }, rename: { at: at + 4, bytes: codes('free') } })
    } else if (PATH[parent]?.includes(box)) {
      yield* box === 'meta' ? readMeta(first, next, tell) : readBoxes(box, first, next, tell)
      // There is but one, and everything of interest was in it.
      if (parent === 'file') return
    }
    at = next
  }
}

/** In MP4 `meta` begins with a version, in QuickTime with its first box. */
function* readMeta(first: number, end: number, tell: Tell): Reader {
  if (first + HEADER_BYTES > end) return
  const head = yield { at: first, bytes: HEADER_BYTES }
  if (ascii(head, 4, 4) !== 'hdlr') return yield* readBoxes('meta', first + 4, end, tell)
  // Its size is known already; needs only go forward.
  const next = first + uintBe(head, 0, 4)
  if (next >= first + HEADER_BYTES) yield* readBoxes('meta', next, end, tell)
}
