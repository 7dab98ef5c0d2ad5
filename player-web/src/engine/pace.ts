/** How far ahead of the ear media are fetched. Pure arithmetic. */

import { CHUNK_BYTES_MAX } from '../worker/range'

/** Media that are fetched ahead; the lease allows 120 s, which is to stay untouched. */
export const AHEAD_MS = 30_000
/** The smallest range: a seek into a low bitrate still gets a useful piece. */
const CHUNK_BYTES_MIN = 128 * 1024

/** Bytes of one range: about {@link AHEAD_MS} of media. `durationMs` 0 means unknown. */
export function chunkBytes(sizeBytes: number, durationMs: number): number {
  if (durationMs <= 0) return CHUNK_BYTES_MAX
  const ahead = Math.ceil((sizeBytes / durationMs) * AHEAD_MS)
  return Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, ahead))
}

export interface Progress {
  /** Media milliseconds that are buffered after the position. */
  aheadMs: number
  /** The element has what it needs to go on; one that starves is never kept waiting. */
  flows: boolean
}

/**
 * Whether a read has to wait. Only one that continues the last is: a jump to an index or a new place is always served.
 */
export function mustWait(firstByte: number | null, continuesAt: number | null, progress: Progress): boolean {
  if (firstByte === null || firstByte !== continuesAt) return false
  return progress.flows && progress.aheadMs > AHEAD_MS
}
