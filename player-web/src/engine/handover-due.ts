/** When the queue is written down at the portal, and how much of it. Pure. */

import type { QueueEntry, Repeat } from './types'

/** While it plays, at least so often. */
export const EVERY_MS = 15_000
/** A place that differs so much from where playing would have come is a seek. */
const JUMP_MS = 3_000
/** Entries that are kept: those around the current one. */
export const ENTRIES_MAX = 1_000

/** What plays here. */
export interface Here {
  readonly entries: readonly QueueEntry[]
  readonly index: number
  readonly positionMs: number
  readonly playing: boolean
  readonly speed: number
  readonly shuffle: boolean
  readonly repeat: Repeat
}

/** What the portal was told last. `from` is the first of the entries that were sent. */
export interface Told extends Here {
  readonly atMs: number
  readonly from: number
}

/** Whether to write: everything, only the place in it, or nothing. */
export function due(told: Told | null, here: Here, nowMs: number): 'all' | 'place' | null {
  if (here.index < 0) return null
  if (told === null || told.entries !== here.entries || !within(told.from, here)) return 'all'
  const { shuffle, repeat, index, playing } = here
  if (told.index !== index || told.playing !== playing || told.shuffle !== shuffle || told.repeat !== repeat) return 'place'
  const expectedMs = told.positionMs + (told.playing ? (nowMs - told.atMs) * told.speed : 0)
  if (Math.abs(here.positionMs - expectedMs) > JUMP_MS && Math.abs(here.positionMs - told.positionMs) > JUMP_MS) return 'place'
  return playing && nowMs - told.atMs >= EVERY_MS ? 'place' : null
}

/** The first entry to send, so that the current one is well inside. */
export function windowFrom(total: number, index: number): number {
  return Math.max(0, Math.min(index - ENTRIES_MAX / 4, total - ENTRIES_MAX))
}

/** Whether the current entry is among those sent from `from` on. */
const within = (from: number, { index }: Here): boolean => index >= from && index < from + ENTRIES_MAX
