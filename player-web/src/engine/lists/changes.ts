/** What a person did to lists and marks, and how it looks before the portal has answered. */

import type { Item, Mark, Operation, Place, Playlist, Snapshot } from '../../net/playlists-types'
import type { ItemId, PeerIdText, RowId } from '../types'
import { putAt, withinOf } from './tree'

/** One change, with the ids that make its repeat harmless. */
export type Change =
  | { kind: 'create'; id: RowId; name: string; list: 'list' | 'folder'; parent: RowId | null; atMs: number }
  | { kind: 'patch'; id: RowId; op: RowId; name?: string; place?: Place }
  | { kind: 'delete'; id: RowId }
  | { kind: 'restore'; id: RowId }
  | { kind: 'duplicate'; id: RowId; of: RowId; name: string; atMs: number }
  | { kind: 'edit'; list: RowId; operation: Operation }
  | { kind: 'mark'; op: RowId; home: PeerIdText; track: ItemId; favourite?: boolean; stars?: number; item?: Snapshot; atMs: number }

/** Playlists under changes that the portal has not answered. `base` is in order; `gone` are those deleted here, for their return. */
export function treeOf(base: readonly Playlist[], gone: readonly Playlist[], changes: readonly Change[]): Playlist[] {
  let tree = [...base]
  let bin = [...gone]
  const counts = new Map<RowId, Growth>()
  for (const change of changes) {
    if (change.kind === 'edit') grow(counts, change.list, change.operation)
    else if (change.kind === 'delete') {
      const ids = withinOf(tree, change.id)
      bin = [...bin, ...tree.filter(({ id }) => ids.has(id))]
      tree = tree.filter(({ id }) => !ids.has(id))
    } else if (change.kind === 'restore') {
      const ids = withinOf(bin, change.id)
      const known = new Set(tree.map(({ id }) => id))
      tree = [...tree, ...bin.filter(({ id }) => ids.has(id) && !known.has(id))]
    } else tree = changed(tree, change)
  }
  return counts.size === 0 ? tree : tree.map((list) => grown(list, counts.get(list.id)))
}

function changed(tree: Playlist[], change: Change): Playlist[] {
  switch (change.kind) {
    case 'create':
      return has(tree, change.id) ? tree : [...tree, made(change)]
    case 'duplicate': {
      const model = tree.find(({ id }) => id === change.of)
      if (!model || has(tree, change.id)) return tree
      const copy: Playlist = { ...model, id: change.id, name: change.name, role: 'owner', members: [], updated_ms: change.atMs }
      return putAt([...tree, copy], change.id, { parent: model.parent, after: model.id })
    }
    case 'patch': {
      const named = tree.map((list) => (list.id === change.id && change.name !== undefined ? { ...list, name: change.name } : list))
      return change.place ? putAt(named, change.id, change.place) : named
    }
    default:
      return tree
  }
}

const has = (tree: readonly Playlist[], id: RowId): boolean => tree.some((list) => list.id === id)

function made({ id, name, list, parent, atMs }: Extract<Change, { kind: 'create' }>): Playlist {
  const empty = { role: 'owner', count: 0, duration_ms: 0, seq: 0 } as const
  return { ...empty, members: [], id, name, kind: list, parent, created_ms: atMs, updated_ms: atMs }
}

interface Growth {
  count: number
  durationMs: number
}

/** The count as it will be; how much shorter a list gets only the portal knows. */
function grow(counts: Map<RowId, Growth>, list: RowId, operation: Operation): void {
  const growth = counts.get(list) ?? { count: 0, durationMs: 0 }
  if (operation.kind === 'insert' || operation.kind === 'restore') growth.count += 1
  if (operation.kind === 'remove') growth.count -= 1
  if (operation.kind === 'insert') growth.durationMs += operation.item.duration_ms
  counts.set(list, growth)
}

function grown(list: Playlist, by: Growth | undefined): Playlist {
  if (!by) return list
  return { ...list, count: Math.max(0, list.count + by.count), duration_ms: list.duration_ms + by.durationMs }
}

/** Marks by {@link markKey}. */
export type MarkMap = ReadonlyMap<string, Mark>

export const markKey = (home: PeerIdText, track: ItemId): string => `${home}/${track}`

/** Marks under changes. */
export function marksOf(base: MarkMap, changes: readonly Change[]): MarkMap {
  const edits = changes.filter((change) => change.kind === 'mark')
  if (edits.length === 0) return base
  const marks = new Map(base)
  for (const edit of edits) {
    const key = markKey(edit.home, edit.track)
    const before = marks.get(key) ?? { ...UNMARKED, home: edit.home, track: edit.track }
    const favourite = edit.favourite ?? before.favourite
    marks.set(key, {
      ...before,
      favourite,
      stars: edit.stars ?? before.stars,
      at_ms: edit.atMs,
      favourite_ms: !favourite ? null : (before.favourite_ms ?? edit.atMs),
      item: !favourite ? null : (edit.item ?? before.item),
    })
  }
  return marks
}

const UNMARKED = { favourite: false, stars: 0, at_ms: 0, favourite_ms: null, item: null } as const

/** The favourites, newest first, as items of a list. */
export function favouritesOf(marks: MarkMap): Item[] {
  return [...marks.values()]
    .flatMap((mark) => (mark.favourite && mark.item ? [favourite(mark, mark.item)] : []))
    .sort((a, b) => b.added_ms - a.added_ms || (a.id < b.id ? -1 : 1))
}

function favourite({ home, track, favourite_ms, at_ms }: Mark, item: Snapshot): Item {
  return { ...item, id: markKey(home, track), home, track, added_ms: favourite_ms ?? at_ms }
}
