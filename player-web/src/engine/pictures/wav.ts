/** The chunks of WAV (RIFF), of which one may be an ID3 tag. */

import { isTag, readTag, TAG_HEADER_BYTES, tagEnd } from './id3'
import { ascii, uint32Le, type Reader, type Tell } from './reader'

const CHUNK_HEADER_BYTES = 8
/** `RIFF`, a size, `WAVE`. */
const FILE_HEADER_BYTES = 12

export function* readChunks(length: number, tell: Tell): Reader {
  for (let at = FILE_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= length; ) {
    const header = yield { at, bytes: CHUNK_HEADER_BYTES }
    const first = at + CHUNK_HEADER_BYTES
    const size = uint32Le(header, 4)
    const end = Math.min(first + size, length)
    if (/^id3 $/i.test(ascii(header, 0, 4)) && first + TAG_HEADER_BYTES <= end) {
      const tag = yield { at: first, bytes: TAG_HEADER_BYTES }
      const behind = isTag(tag) ? tagEnd(tag, first) : null
      if (behind !== null) yield* readTag(tag, first, Math.min(behind, end), tell)
    }
    // Chunks begin at even places.
    at = first + size + (size % 2)
  }
}
