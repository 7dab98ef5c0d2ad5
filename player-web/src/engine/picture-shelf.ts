/** Which tracks hide pictures, and what is known of them. */

import type { HomeResponse } from '../net/transport'
import { parseContentRange, type ByteRange } from '../worker/range'
import { Pictures, PICTURE_BYTES_MIN } from './pictures'
import { soundBytes } from './sound'
import type { PeerIdText, Track } from './types'

/** Tracks of which the pictures are known: those heard last, and what one goes back to. */
const TRACKS_MAX = 32
/** Files with pictures that can be hidden. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'audio/mpeg', 'audio/aac', 'audio/flac', 'audio/mp4', 'video/mp4', 'video/quicktime', 'audio/wav',
])
/** Heads of one file agree in these. */
const SAME = ['etag', 'content-type'] as const

/** A file whose pictures are hidden. */
export class Hidden {
  readonly pictures: Pictures
  #head: ReadonlyMap<string, string> | null = null
  #changed = false

  constructor(readonly sizeBytes: number) {
    this.pictures = new Pictures(sizeBytes)
  }

  /** The home has another file by now: what is known here is of no use. */
  get changed(): boolean {
    return this.#changed
  }

  /** The head of a part of this file. */
  head({ first, last }: ByteRange): Map<string, string> {
    const headers = new Map(this.#head ?? [])
    headers.set('content-range', `bytes ${first}-${last}/${this.sizeBytes}`)
    headers.set('content-length', String(last - first + 1))
    return headers
  }

  /** The last byte of an answer, which may be before the one asked for; `null` when it is no such part of this file. */
  takes(asked: ByteRange, { status, headers }: HomeResponse): number | null {
    if (status !== 206) return null
    const range = parseContentRange(headers.get('content-range'))
    const isSame = SAME.every((name) => this.#head === null || this.#head.get(name) === headers.get(name))
    if (range?.first === asked.first && range.last <= asked.last && range.length === this.sizeBytes && isSame) {
      this.#head = headers
      return range.last
    }
    this.#changed = true
    return null
  }
}

export class Shelf {
  /** By home and track; the one used last comes last. */
  readonly #files = new Map<string, Hidden>()

  /** `null` for a track that has no picture worth hiding. */
  of(home: PeerIdText, track: Track): Hidden | null {
    if (!mayHide(track)) return null
    const key = `${home} ${track.id}`
    const known = this.#files.get(key)
    const hidden = known && !known.changed && known.sizeBytes === track.size_bytes ? known : new Hidden(track.size_bytes)
    this.#files.delete(key)
    this.#files.set(key, hidden)
    for (const oldest of this.#files.keys()) {
      if (this.#files.size <= TRACKS_MAX) break
      this.#files.delete(oldest)
    }
    return hidden
  }
}

/** Whether it has a cover, and bytes that are no sound. What has not is read as it is, in fewer reads. */
function mayHide(track: Track): boolean {
  if (track.cover_id === null || !MEDIA_TYPES.has(track.media_type)) return false
  return !track.bitrate_kbps || track.size_bytes - soundBytes(track) >= PICTURE_BYTES_MIN
}
