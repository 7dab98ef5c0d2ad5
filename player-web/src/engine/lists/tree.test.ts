import { describe, expect, it } from 'vitest'
import type { Playlist } from '../../net/playlists-types'
import { treeOf, type Change } from './changes'
import { isWithin, linesOf, nudged, putAt } from './tree'

const row = (id: string, parent: string | null = null, kind: 'list' | 'folder' = 'list'): Playlist => ({
  id, name: id, kind, parent, role: 'owner', members: [], count: 0, duration_ms: 0, seq: 0, created_ms: 0, updated_ms: 0,
})
const tree = [row('a'), row('f', null, 'folder'), row('g', 'f', 'folder'), row('x', 'f'), row('y', 'g'), row('b')]
const drawn = (playlists: readonly Playlist[], open: string[] = ['f', 'g']): string =>
  linesOf(playlists, new Set(open)).map(({ playlist, level }) => `${'.'.repeat(level - 1)}${playlist.id}`).join(' ')

describe('the tree of playlists', () => {
  it('shows what is in open folders', () => {
    expect(drawn(tree)).toBe('a f .g ..y .x b')
    expect(drawn(tree, ['f'])).toBe('a f .g .x b')
    expect(drawn(tree, [])).toBe('a f b')
  })

  it('keeps at the top what has lost its folder, and draws a circle only once', () => {
    expect(drawn([row('a', 'nowhere')])).toBe('a')
    expect(drawn([row('p', 'q', 'folder'), row('q', 'p', 'folder'), row('a')], ['p', 'q'])).toBe('a')
  })

  it('counts places among siblings', () => {
    const line = linesOf(tree, new Set(['f'])).find(({ playlist }) => playlist.id === 'x')
    expect([line?.place, line?.siblings, line?.level]).toEqual([2, 2, 2])
  })

  it('moves a list into a folder, behind a neighbour, first and last', () => {
    expect(drawn(putAt(tree, 'b', { parent: 'f', after: 'g' }))).toBe('a f .g ..y .b .x')
    expect(drawn(putAt(tree, 'b', { parent: null, after: null }))).toBe('b a f .g ..y .x')
    expect(drawn(putAt(tree, 'x', { parent: null, after: 'b' }))).toBe('a f .g ..y b x')
  })

  it('never puts a folder into itself', () => {
    expect(isWithin(tree, 'y', 'f')).toBe(true)
    expect(drawn(putAt(tree, 'f', { parent: 'g', after: null }))).toBe(drawn(tree))
  })

  it('steps up and down among siblings only', () => {
    expect(nudged(tree, 'b', -1)).toEqual({ parent: null, after: 'a' })
    expect(nudged(tree, 'a', -1)).toBeNull()
    expect(nudged(tree, 'g', 1)).toEqual({ parent: 'f', after: 'x' })
    expect(nudged(tree, 'b', 1)).toBeNull()
  })
})

describe('changes that the portal has not answered', () => {
  const shown = (changes: Change[], gone: Playlist[] = []): string => drawn(treeOf(tree, gone, changes))

  it('show at once', () => {
    expect(shown([{ kind: 'create', id: 'n', name: 'n', list: 'list', parent: 'g', atMs: 0 }])).toBe('a f .g ..y ..n .x b')
    expect(shown([{ kind: 'duplicate', id: 'a2', of: 'a', name: 'a2', atMs: 0 }])).toBe('a a2 f .g ..y .x b')
    expect(shown([{ kind: 'patch', id: 'b', op: '1', place: { parent: null, after: null } }])).toBe('b a f .g ..y .x')
    expect(treeOf(tree, [], [{ kind: 'patch', id: 'a', op: '1', name: 'New' }])[0]?.name).toBe('New')
  })

  it('delete a folder with what is in it, and bring it back whole', () => {
    expect(shown([{ kind: 'delete', id: 'f' }])).toBe('a b')
    expect(shown([{ kind: 'delete', id: 'f' }, { kind: 'restore', id: 'f' }])).toBe('a b f .g ..y .x')
  })

  it('count what goes in and out', () => {
    const item = { id: 'i', home: 'h', track: 't', title: '', artist: null, album: null, album_id: null, duration_ms: 70, cover_id: null, kind: 'audio', added_ms: 0 } as const
    const [list] = treeOf([{ ...row('a'), count: 4 }], [], [
      { kind: 'edit', list: 'a', operation: { op: '1', kind: 'insert', item, after: null } },
      { kind: 'edit', list: 'a', operation: { op: '2', kind: 'insert', item, after: null } },
      { kind: 'edit', list: 'a', operation: { op: '3', kind: 'remove', item: 'i' } },
    ])
    expect([list?.count, list?.duration_ms]).toEqual([5, 140])
  })
})
