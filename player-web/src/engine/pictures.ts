/**
 * Pictures inside of media files, hidden from the media element. Covers are shown from the home's index, but a browser
 * that is given the file reads the picture in it, megabytes, before it plays a note. So a picture's bytes are not asked
 * of the home: zeros of the same length take their place, and its header is renamed to something that is skipped. Every
 * place and length in the file stays as it is. Pure decisions; `pieces.ts` carries them out.
 */

import { readBlocks } from './pictures/flac'
import { isTag, readTag, tagEnd } from './pictures/id3'
import { readFile } from './pictures/mp4'
import { ascii, NEED_BYTES_MAX, type Need, type Picture, type Reader, type Span, type Tell } from './pictures/reader'
import { readChunks } from './pictures/wav'

/** A picture below this is cheaper read than skipped: one block of those in which a home counts what it served. */
export const PICTURE_BYTES_MIN = 64 * 1024
/** Pictures of one file; tags have a front, a back and perhaps the artist. */
const PICTURES_MAX = 16
/** Headers that are read before a file is left as it is: tags have dozens of frames, containers fewer boxes. */
const STEPS_MAX = 1024
/** A read in which the next header lies ends soon behind it, before it is deep in a picture. */
const LOOK_BYTES = 64 * 1024
/** Read along with a header: the small ones that follow it. */
const LOOK_ALONG_BYTES = 4 * 1024

/** A part of an answer, up to `last`: made here, or asked of the home. */
export interface Piece {
  kind: 'zeros' | 'home'
  last: number
}

/** What is known of the pictures in one file. It learns from the bytes that pass. */
export class Pictures {
  readonly #length: number
  readonly #found: Picture[] = []
  readonly #reader: Reader
  /** `null` when everything is known, or the file makes no sense. */
  #need: Need | null = null
  #steps = 0

  /** `length` is the file's, in bytes. */
  constructor(length: number) {
    this.#length = length
    this.#reader = read(length, (picture) => this.#take(picture))
    this.#advance(new Uint8Array(0))
  }

  /**
   * Learns from bytes of the file, and answers those that may go on to the element, as it shall see them. What is held
   * back, less than a header, comes again with the bytes that follow it; at the end of an answer {@link rewritten}
   * lets it go.
   */
  pass(at: number, bytes: Uint8Array): Uint8Array {
    return this.rewritten(at, bytes.subarray(0, this.#learn(at, bytes)))
  }

  /** The bytes with the headers of pictures renamed. */
  rewritten(at: number, bytes: Uint8Array): Uint8Array {
    let own: Uint8Array | null = null
    for (const { rename } of this.#found) {
      rename.bytes.forEach((byte, i) => {
        const place = rename.at + i - at
        if (place < 0 || place >= bytes.length) return
        own ??= bytes.slice()
        own[place] = byte
      })
    }
    return own ?? bytes
  }

  /** The first piece of an answer from `at` to `last`. */
  piece(at: number, last: number): Piece {
    const ahead = this.#ahead(at)
    if (ahead && ahead.first <= at) return { kind: 'zeros', last: Math.min(last, ahead.last) }
    let end = Math.min(last, ahead ? ahead.first - 1 : last)
    const looksFor = this.#need?.at ?? -1
    if (looksFor >= at) end = Math.min(end, Math.max(at + LOOK_BYTES, looksFor + LOOK_ALONG_BYTES) - 1)
    return { kind: 'home', last: end }
  }

  /** Where an answer from `first` ends for which at most `bytesMax` are asked of the home; at most `last`. */
  reach(first: number, last: number, bytesMax: number): number {
    let left = bytesMax
    for (let at = first; ; ) {
      const ahead = this.#ahead(at)
      const gap = ahead ? ahead.first - at : Infinity
      if (!ahead || gap >= left) return Math.min(last, at + left - 1)
      left -= Math.max(0, gap)
      at = ahead.last + 1
      if (at > last) return last
    }
  }

  /** Bytes of pictures before a place. */
  hiddenBytes(at: number): number {
    return this.#found.reduce((sum, { span }) => sum + Math.max(0, Math.min(at, span.last + 1) - span.first), 0)
  }

  /** The picture at or behind a place. */
  #ahead(at: number): Span | undefined {
    return this.#found.find(({ span }) => span.last >= at)?.span
  }

  /** How many of the bytes may pass on. */
  #learn(at: number, bytes: Uint8Array): number {
    const end = at + bytes.length
    while (this.#need) {
      const from = this.#need.at - at
      // Behind these bytes, or before them: seen never, or with another read.
      if (from < 0 || this.#need.at >= end) break
      if (this.#need.at + this.#need.bytes > end) return from
      this.#advance(bytes.slice(from, from + this.#need.bytes))
    }
    return bytes.length
  }

  #advance(bytes: Uint8Array): void {
    const step = this.#reader.next(bytes)
    this.#need = null
    if (step.done || ++this.#steps > STEPS_MAX || this.#found.length >= PICTURES_MAX) return
    const { at, bytes: wanted } = step.value
    if (wanted <= NEED_BYTES_MAX && at + wanted <= this.#length) this.#need = step.value
  }

  /** Pictures are told in the order of the file. */
  #take(picture: Picture): void {
    const { first, last } = picture.span
    const before = this.#found.at(-1)?.span.last ?? -1
    if (first <= before || last >= this.#length || last - first + 1 < PICTURE_BYTES_MIN) return
    this.#found.push(picture)
  }
}

/** Finds out what the file is, and reads it. Ogg is left alone: its pages carry sums of their bytes. */
function* read(length: number, tell: Tell): Reader {
  for (let at = 0; at + NEED_BYTES_MAX <= length; ) {
    const header = yield { at, bytes: NEED_BYTES_MAX }
    if (at === 0 && ascii(header, 4, 4) === 'ftyp') return yield* readFile(length, tell)
    if (at === 0 && ascii(header, 0, 4) === 'RIFF' && ascii(header, 8, 4) === 'WAVE') return yield* readChunks(length, tell)
    if (ascii(header, 0, 4) === 'fLaC') return yield* readBlocks(at + 4, tell)
    const end = isTag(header) ? tagEnd(header, at) : null
    if (end === null) return
    yield* readTag(header, at, Math.min(end, length), tell)
    // Another tag may follow, or FLAC.
    at = end
  }
}
