/** The playlists of an account as a tree: folders hold lists and folders; siblings stand in the order of the flat list. */

import type { Place, Playlist } from '../../net/playlists-types'
import type { RowId } from '../types'

/** One line of the drawn tree. */
export interface Line {
  readonly playlist: Playlist
  /** 1 at the top. */
  readonly level: number
  /** Place among its siblings, from 1. */
  readonly place: number
  readonly siblings: number
  readonly expanded: boolean
}

/** The siblings in `parent`, in order. One whose folder is not here stands at the top, so that it is not out of reach. */
export function childrenOf(playlists: readonly Playlist[], parent: RowId | null): Playlist[] {
  const folders = new Set(playlists.filter(({ kind }) => kind === 'folder').map(({ id }) => id))
  const seat = (playlist: Playlist): RowId | null =>
    playlist.parent !== null && folders.has(playlist.parent) ? playlist.parent : null
  return playlists.filter((playlist) => seat(playlist) === parent)
}

/** The lines to draw: folders that are open show what is in them. */
export function linesOf(playlists: readonly Playlist[], open: ReadonlySet<RowId>): Line[] {
  const byParent = new Map<RowId | null, Playlist[]>()
  const folders = new Set(playlists.filter(({ kind }) => kind === 'folder').map(({ id }) => id))
  for (const playlist of playlists) {
    const seat = playlist.parent !== null && folders.has(playlist.parent) ? playlist.parent : null
    byParent.set(seat, [...(byParent.get(seat) ?? []), playlist])
  }
  const lines: Line[] = []
  const walk = (parent: RowId | null, level: number): void => {
    const siblings = byParent.get(parent) ?? []
    // A circle cannot be drawn: each folder is entered once.
    byParent.delete(parent)
    siblings.forEach((playlist, index) => {
      const expanded = playlist.kind === 'folder' && open.has(playlist.id)
      lines.push({ playlist, level, place: index + 1, siblings: siblings.length, expanded })
      if (expanded) walk(playlist.id, level + 1)
    })
  }
  walk(null, 1)
  return lines
}

/** Whether `id` is `folder` or lies within it: a folder cannot be put into itself. */
export function isWithin(playlists: readonly Playlist[], id: RowId | null, folder: RowId): boolean {
  const parents = new Map(playlists.map((playlist) => [playlist.id, playlist.parent]))
  for (let at: RowId | null = id, steps = 0; at !== null && steps <= playlists.length; steps++) {
    if (at === folder) return true
    at = parents.get(at) ?? null
  }
  return false
}

/** Puts a playlist at a place, in the flat order. */
export function putAt(playlists: readonly Playlist[], id: RowId, place: Place): Playlist[] {
  const moved = playlists.find((playlist) => playlist.id === id)
  if (!moved || isWithin(playlists, place.parent, id)) return [...playlists]
  const rest = playlists.filter((playlist) => playlist.id !== id)
  const behind = place.after === null ? -1 : rest.findIndex((playlist) => playlist.id === place.after)
  const first = rest.findIndex((playlist) => playlist.parent === place.parent)
  const at = behind >= 0 ? behind + 1 : place.after === null && first >= 0 ? first : rest.length
  return [...rest.slice(0, at), { ...moved, parent: place.parent }, ...rest.slice(at)]
}

/** The place one step up or down among the siblings; `null` at the end of the way. */
export function nudged(playlists: readonly Playlist[], id: RowId, by: -1 | 1): Place | null {
  const parent = playlists.find((playlist) => playlist.id === id)?.parent ?? null
  const siblings = childrenOf(playlists, parent)
  const at = siblings.findIndex((playlist) => playlist.id === id)
  const to = at + by
  if (at < 0 || to < 0 || to >= siblings.length) return null
  const rest = siblings.filter((playlist) => playlist.id !== id)
  return { parent, after: rest[to - 1]?.id ?? null }
}

/** The playlist and everything in it. */
export function withinOf(playlists: readonly Playlist[], id: RowId): Set<RowId> {
  return new Set(playlists.filter((playlist) => isWithin(playlists, playlist.id, id)).map((playlist) => playlist.id))
}
