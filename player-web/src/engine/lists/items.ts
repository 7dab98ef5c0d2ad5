/**
 * The items of a list under operations. Removed ones keep their place as tombstones, so that an insert behind one, or its
 * return, lands where it was. Applying an operation twice is the same as once.
 */

import type { Applied, Item, Operation } from '../../net/playlists-types'
import type { RowId } from '../types'

interface Slot {
  readonly item: Item
  readonly removed: boolean
}

export type Slots = readonly Slot[]

export const slotsOf = (items: readonly Item[]): Slots => items.map((item) => ({ item, removed: false }))

/** What is seen. */
export const itemsOf = (slots: Slots): Item[] => slots.filter((slot) => !slot.removed).map((slot) => slot.item)

/** The slots after the operations, in their order. */
export function applyAll(slots: Slots, operations: readonly Operation[]): Slots {
  if (operations.length === 0) return slots
  const next = [...slots]
  for (const operation of operations) apply(next, operation)
  return next
}

/** The slots after what the portal says was done, in its order. */
export function follow(slots: Slots, changes: readonly Applied[]): Slots {
  const next = [...slots]
  for (const change of changes) {
    if (change.change === 'put') seat(next, { item: change.item, removed: false }, change.after)
    else if (change.change === 'moved') apply(next, { op: change.op, kind: 'move', item: change.item, after: change.after })
    else if (change.change === 'removed') apply(next, { op: change.op, kind: 'remove', item: change.item })
  }
  return next
}

function apply(slots: Slot[], operation: Operation): void {
  const id = operation.kind === 'insert' ? operation.item.id : operation.item
  const at = slots.findLastIndex((slot) => slot.item.id === id)
  const slot = slots[at]
  switch (operation.kind) {
    case 'insert':
      if (!slot) seat(slots, { item: operation.item, removed: false }, operation.after)
      return
    case 'move':
      if (slot && operation.after !== id) seat(slots, slot, operation.after)
      return
    case 'remove':
    case 'restore':
      if (slot) slots[at] = { ...slot, removed: operation.kind === 'remove' }
  }
}

/** Behind `after`; first for `null`; last when it is unknown. Whatever stood there under this id gives way. */
function seat(slots: Slot[], slot: Slot, after: RowId | null): void {
  const before = slots.findLastIndex((other) => other.item.id === slot.item.id)
  if (before >= 0) slots.splice(before, 1)
  if (after === null) return void slots.unshift(slot)
  const at = slots.findLastIndex((other) => other.item.id === after)
  if (at < 0) slots.push(slot)
  else slots.splice(at + 1, 0, slot)
}

/** The `after` that brings the item at `from` to `to`, both counted among what is seen; `undefined` when it is there. */
export function afterOf(items: readonly Item[], from: number, to: number): RowId | null | undefined {
  if (from === to || to < 0 || to >= items.length) return undefined
  const rest = items.filter((_, index) => index !== from)
  return to === 0 ? null : rest[to - 1]?.id
}
