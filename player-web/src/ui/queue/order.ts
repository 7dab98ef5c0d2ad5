/** The arithmetic of the queue panel. */

/** The index that an entry has after it was dropped before the entry at `before` (or at the end: `before = length`). */
export function dropIndex(from: number, before: number): number {
  return before > from ? before - 1 : before
}

/** Where a drop lands: before or after the row under the pointer, whichever half it is in. */
export function dropBefore(pointerY: number, listTop: number, rowPx: number, total: number): number {
  return Math.min(Math.max(Math.round((pointerY - listTop) / rowPx), 0), total)
}

/** Songs that come after the current one. */
export function toCome(total: number, index: number): number {
  return Math.max(0, total - index - 1)
}
