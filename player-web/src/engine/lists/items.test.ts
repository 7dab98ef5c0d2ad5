import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Item, Operation } from '../../net/playlists-types'
import { afterOf, applyAll, follow, itemsOf, slotsOf } from './items'

const item = (id: string): Item => ({
  id, home: 'h', track: id, title: id, artist: null, album: null, album_id: null, duration_ms: 1, cover_id: null, kind: 'audio', added_ms: 0,
})
const list = (letters: string) => slotsOf([...letters].map(item))
const words = (slots: ReturnType<typeof list>): string => itemsOf(slots).map(({ id }) => id).join('')
const op = (operation: Omit<Extract<Operation, { kind: 'insert' }>, 'op'> | Omit<Extract<Operation, { kind: 'move' }>, 'op'> | Omit<Extract<Operation, { kind: 'remove' | 'restore' }>, 'op'>): Operation =>
  ({ op: '', ...operation }) as Operation

describe('items under operations', () => {
  it('insert behind an item, first, or at the end behind one that nobody knows', () => {
    const put = (id: string, after: string | null) => op({ kind: 'insert', item: item(id), after })
    expect(words(applyAll(list('abc'), [put('x', 'a')]))).toBe('axbc')
    expect(words(applyAll(list('abc'), [put('x', null)]))).toBe('xabc')
    expect(words(applyAll(list('abc'), [put('x', 'nobody'), put('y', 'x')]))).toBe('abcxy')
  })

  it('keep the place of what was removed, for its return and for what comes behind it', () => {
    const gone = applyAll(list('abc'), [op({ kind: 'remove', item: 'b' })])
    expect(words(gone)).toBe('ac')
    expect(words(applyAll(gone, [op({ kind: 'insert', item: item('x'), after: 'b' })]))).toBe('axc')
    expect(words(applyAll(gone, [op({ kind: 'restore', item: 'b' })]))).toBe('abc')
  })

  it('move, also behind something that stood before', () => {
    expect(words(applyAll(list('abcd'), [op({ kind: 'move', item: 'd', after: 'a' })]))).toBe('adbc')
    expect(words(applyAll(list('abcd'), [op({ kind: 'move', item: 'a', after: 'c' })]))).toBe('bcad')
    expect(words(applyAll(list('abcd'), [op({ kind: 'move', item: 'b', after: 'b' })]))).toBe('abcd')
  })

  it('pass over what names nothing', () => {
    expect(words(applyAll(list('ab'), [op({ kind: 'move', item: 'z', after: 'a' }), op({ kind: 'remove', item: 'z' })]))).toBe('ab')
  })

  it('are the same applied twice', () => {
    const letters = fc.constantFrom(...'abcdexyz')
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('insert' as const), item: letters.map(item), after: fc.option(letters) }),
      fc.record({ kind: fc.constantFrom('remove' as const, 'restore' as const), item: letters }),
    )
    fc.assert(fc.property(operation, (one) => {
      const once = applyAll(list('abcde'), [op(one)])
      expect(words(applyAll(once, [op(one)]))).toBe(words(once))
    }))
  })

  it('follow what the portal says was done', () => {
    const after = follow(list('abc'), [
      { seq: 1, op: '1', change: 'put', item: item('x'), after: 'b' },
      { seq: 2, op: '2', change: 'moved', item: 'a', after: 'x' },
      { seq: 3, op: '3', change: 'removed', item: 'b' },
      { seq: 4, op: '4', change: 'nothing' },
      { seq: 5, op: '5', change: 'put', item: item('b'), after: null },
    ])
    expect(words(after)).toBe('bxac')
  })
})

describe('the neighbour that a drop means', () => {
  it('brings an item where it was dropped', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }), (from, to) => {
      const slots = list('abcdef')
      const items = itemsOf(slots)
      const after = afterOf(items, from, to)
      if (after === undefined) return from === to
      const moved = items[from]?.id ?? ''
      return words(applyAll(slots, [op({ kind: 'move', item: moved, after })])).indexOf(moved) === to
    }))
  })
})
