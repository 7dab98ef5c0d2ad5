/** Which part of a file is sound, and how much of it lies before a place. A browser takes every byte for sound. */

import { PICTURE_BYTES_MIN, type Pictures } from './pictures'
import type { Track } from './types'

type Facts = Pick<Track, 'size_bytes' | 'bitrate_kbps' | 'duration_ms'>

/** Bytes of a track without tags and pictures, as its bit rate tells; the whole file's when that is not known. */
export function soundBytes({ size_bytes, bitrate_kbps, duration_ms }: Facts): number {
  if (!bitrate_kbps || duration_ms <= 0) return size_bytes
  // The rate was rounded down. Kilobits per second are bits per millisecond.
  return Math.min(size_bytes, Math.ceil(((bitrate_kbps + 1) * duration_ms) / 8))
}

/**
 * Media milliseconds from the ear to a place in the file, when every second takes as many bytes. `shownMs` is what the
 * browser says: it holds unless something that is no sound is known or likely to lie in between.
 */
export function aheadOf(track: Facts, at: number, pictures: Pictures | null, positionMs: number, shownMs: number): number {
  const { size_bytes, duration_ms } = track
  if (duration_ms <= 0) return shownMs
  const hidden = pictures?.hiddenBytes(size_bytes) ?? 0
  if (pictures && hidden > 0) {
    return ((at - pictures.hiddenBytes(at)) / (size_bytes - hidden)) * duration_ms - positionMs
  }
  const sound = soundBytes(track)
  if (size_bytes - sound < PICTURE_BYTES_MIN) return shownMs
  // What is no sound lies in front of it, mostly. Where it does not, more is fetched rather than too little.
  const behind = ((size_bytes - at) / sound) * duration_ms
  return Math.min(shownMs, duration_ms - behind - positionMs)
}
