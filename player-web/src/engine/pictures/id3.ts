/** ID3v2 tags (id3.org: v2.2.0, v2.3.0, v2.4.0) in front of MP3, ADTS and FLAC, or in a chunk of WAV. */

import { ascii, codes, uintBe, type Reader, type Tell } from './reader'

export const TAG_HEADER_BYTES = 10
const UNSYNCHRONISED = 0x80
/** In v2.2 this bit means compression, which was never defined. */
const EXTENDED_HEADER = 0x40
const FOOTER = 0x10

export function isTag(header: Uint8Array): boolean {
  return ascii(header, 0, 3) === 'ID3'
}

/** Behind the tag whose header lies at `at`; `null` for a header that makes no sense. */
export function tagEnd(header: Uint8Array, at: number): number | null {
  const size = syncsafe(header, 6)
  if (size === null) return null
  const footer = header[3] === 4 && flags(header) & FOOTER ? TAG_HEADER_BYTES : 0
  return at + TAG_HEADER_BYTES + size + footer
}

/** The frames of the tag whose header lies at `at`. They end before `end`. */
export function* readTag(header: Uint8Array, at: number, end: number, tell: Tell): Reader {
  const version = header[3] ?? 0
  // The sizes of frames mean other bytes then.
  if (version < 2 || version > 4 || flags(header) & UNSYNCHRONISED) return
  let from = at + TAG_HEADER_BYTES
  if (flags(header) & EXTENDED_HEADER) {
    if (version === 2) return
    const size = yield { at: from, bytes: 4 }
    // The size counts itself since v2.4.
    from += version === 4 ? (syncsafe(size, 0) ?? end) : 4 + uintBe(size, 0, 4)
  }
  yield* version === 2 ? readFrames(from, end, V22, tell) : readFrames(from, end, version === 3 ? V23 : V24, tell)
}

/** How a version writes its frames. */
interface FrameForm {
  idBytes: number
  headerBytes: number
  picture: string
  /** One that players skip: names that begin with X are free for experiments. */
  skipped: string
  size(header: Uint8Array): number
}

const V22: FrameForm = { idBytes: 3, headerBytes: 6, picture: 'PIC', skipped: 'XIC', size: (header) => uintBe(header, 3, 3) }
const V23: FrameForm = {
  idBytes: 4, headerBytes: 10, picture: 'APIC', skipped: 'XPIC', size: (header) => uintBe(header, 4, 4),
}
/** Some writers forget that the sizes are syncsafe; where both can be meant the smaller is, so no other frame suffers. */
const V24: FrameForm = { ...V23, size: (header) => syncsafe(header, 4) ?? uintBe(header, 4, 4) }

function* readFrames(from: number, end: number, form: FrameForm, tell: Tell): Reader {
  for (let at = from; at + form.headerBytes < end; ) {
    const header = yield { at, bytes: form.headerBytes }
    const id = ascii(header, 0, form.idBytes)
    // Padding, or rubbish.
    if (!/^[A-Z0-9]+$/.test(id)) return
    const first = at + form.headerBytes
    const next = first + form.size(header)
    if (next > end) return
    if (id === form.picture) tell({ span: { first, last: next - 1 }, rename: { at, bytes: codes(form.skipped) } })
    at = next
  }
}

function flags(header: Uint8Array): number {
  return header[5] ?? 0
}

/** Four bytes of seven bits; `null` when an eighth is set. */
function syncsafe(bytes: Uint8Array, at: number): number | null {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0
    if (byte > 0x7f) return null
    value = value * 128 + byte
  }
  return value
}
