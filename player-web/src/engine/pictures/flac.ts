/** The metadata blocks of FLAC (RFC 9639 §8). */

import { uintBe, type Reader, type Tell } from './reader'

const PADDING = 1
const PICTURE = 6
const LAST_BLOCK = 0x80

/** The blocks from `from` on, behind `fLaC`. */
export function* readBlocks(from: number, tell: Tell): Reader {
  for (let at = from; ; ) {
    const header = yield { at, bytes: 4 }
    const [kind, isLast] = [uintBe(header, 0, 1) & 0x7f, uintBe(header, 0, 1) & LAST_BLOCK]
    const first = at + 4
    const next = first + uintBe(header, 1, 3)
    if (kind === PICTURE) tell({ span: { first, last: next - 1 }, rename: { at, bytes: [PADDING | isLast] } })
    if (isLast) return
    at = next
  }
}
