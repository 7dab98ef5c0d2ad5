import { describe, expect, it } from 'vitest'
import { linesOf } from '../../engine/lists/tree'
import type { Playlist } from '../../engine/lists/types'
import { placeOf, zoneOf } from './tree-drop'

const row = (id: string, parent: string | null = null, kind: 'list' | 'folder' = 'list'): Playlist => ({
  id, name: id, kind, parent, role: 'owner', members: [], count: 0, duration_ms: 0, seq: 0, created_ms: 0, updated_ms: 0,
})
const tree = [row('a'), row('f', null, 'folder'), row('x', 'f'), row('y', 'f'), row('b')]
const line = (id: string, open: string[] = []) => {
  const found = linesOf(tree, new Set(['f', ...open])).find(({ playlist }) => playlist.id === id)
  if (!found) throw new Error(id)
  return found
}

describe('a drop on the tree', () => {
  it('goes before or behind a list, into a folder by its middle', () => {
    expect([zoneOf(line('a'), 4, 30), zoneOf(line('a'), 20, 30)]).toEqual(['before', 'after'])
    const closed = { ...line('f'), expanded: false }
    expect([zoneOf(closed, 2, 30), zoneOf(closed, 15, 30), zoneOf(closed, 28, 30)]).toEqual(['before', 'into', 'after'])
    expect(zoneOf(line('f'), 28, 30)).toBe('into')
  })
  it('names the neighbour that will stand before it', () => {
    expect(placeOf(tree, 'b', line('a'), 'before')).toEqual({ parent: null, after: null })
    expect(placeOf(tree, 'b', line('y'), 'before')).toEqual({ parent: 'f', after: 'x' })
    expect(placeOf(tree, 'b', line('f'), 'into')).toEqual({ parent: 'f', after: 'y' })
    expect(placeOf(tree, 'x', line('y'), 'after')).toEqual({ parent: 'f', after: 'y' })
    expect(placeOf(tree, 'y', line('x'), 'before')).toEqual({ parent: 'f', after: null })
  })
  it('never puts a folder on or into itself', () => {
    expect([placeOf(tree, 'f', line('x'), 'before'), placeOf(tree, 'f', line('f'), 'into'), placeOf(tree, 'a', line('a'), 'after')]).toEqual([null, null, null])
  })
})
