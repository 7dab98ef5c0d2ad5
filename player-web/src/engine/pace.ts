/** How far ahead of the ear media are fetched. Pure arithmetic. */

import { CHUNK_BYTES_MAX } from '../worker/range'

/** No range is asked for while more than this is buffered: with the range itself 30 s, a quarter of what a lease allows. */
export const AHEAD_MS = 22_000
/**
 * Media that are fetched ahead of a place just jumped to. What was fetched counts against the lease whether it is heard
 * or not, so whoever skips through ten songs must not have fetched half a minute of each.
 */
const AHEAD_FIRST_MS = 10_000
/** Media in one range: a seek sounds after one of these. */
const PIECE_MS = 8_000
/** The smallest range: the unit in which a home counts what it served. */
const CHUNK_BYTES_MIN = 64 * 1024
/** Bytes of one range of a file whose size is not told: 2 s of lossless music, 16 s of the thinnest that is common. */
const CHUNK_BYTES_UNKNOWN = 256 * 1024

/** Bytes of one range: about {@link PIECE_MS} of media. 0 means unknown. */
export function chunkBytes(sizeBytes: number, durationMs: number): number {
  if (durationMs <= 0) return CHUNK_BYTES_MAX
  if (sizeBytes <= 0) return CHUNK_BYTES_UNKNOWN
  const piece = Math.ceil((sizeBytes / durationMs) * PIECE_MS)
  return Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, piece))
}

/** How far ahead to fetch when `heardMs` have been heard since the last jump. */
export function aheadMs(heardMs: number): number {
  return Math.min(AHEAD_MS, AHEAD_FIRST_MS + Math.max(0, heardMs))
}

export interface Progress {
  /** Where the ear is. */
  positionMs: number
  /** Media milliseconds that are buffered after the position. */
  aheadMs: number
  /** The element has what it needs to go on; one that starves is never kept waiting. */
  flows: boolean
}

/** A run of reads, each of which goes on where the last one ended. */
export interface Run {
  /** Where the next read begins. */
  at: number
  /** Where the ear was when the run began. */
  fromMs: number
}

/**
 * Whether a read has to wait. Only one that continues the last is: a jump to an index or a new place is always served.
 */
export function mustWait(firstByte: number | null, run: Run | null, progress: Progress): boolean {
  if (firstByte === null || run === null || firstByte !== run.at) return false
  return progress.flows && progress.aheadMs > aheadMs(progress.positionMs - run.fromMs)
}
