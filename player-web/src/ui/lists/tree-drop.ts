/** Where a drop on a line of the tree lands. */
import type { Line } from '../../engine/lists/tree'
import { childrenOf, isWithin } from '../../engine/lists/tree'
import type { Place, Playlist } from '../../engine/lists/types'

export type Zone = 'before' | 'into' | 'after'

/** Folders take what falls on their middle; between lines it goes between lists. */
export function zoneOf(line: Line, offsetY: number, height: number): Zone {
  const part = offsetY / height
  if (line.playlist.kind === 'folder') return part < 0.25 ? 'before' : part > 0.75 && !line.expanded ? 'after' : 'into'
  return part < 0.5 ? 'before' : 'after'
}

/** The place that a dragged playlist gets; `null` when it cannot go there. */
export function placeOf(playlists: readonly Playlist[], dragged: string, line: Line, zone: Zone): Place | null {
  const { id, parent } = line.playlist
  const target = zone === 'into' ? id : parent
  if (id === dragged || isWithin(playlists, target, dragged)) return null
  const siblings = childrenOf(playlists, target).filter((playlist) => playlist.id !== dragged)
  if (zone === 'into') return { parent: id, after: siblings.at(-1)?.id ?? null }
  const at = siblings.findIndex((playlist) => playlist.id === id)
  return { parent: target, after: zone === 'after' ? id : (siblings[at - 1]?.id ?? null) }
}
