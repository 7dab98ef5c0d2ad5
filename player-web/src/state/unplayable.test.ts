import { expect, it } from 'vitest'
import type { Item } from '../engine/lists/types'
import type { Home } from '../engine/types'
import { unplayableOf } from './unplayable'

it('songs of homes that are off, and of other people, are counted by home', () => {
  const items = ['a', 'b', 'a', 'c', 'd'].map((home) => ({ home }) as Item)
  const homes = [{ id: 'a', name: 'Attic' }, { id: 'b', name: 'Barn' }] as Home[]
  const can: Record<string, boolean> = { a: false, b: true }
  expect(unplayableOf(items, homes, (home) => can[home] ?? null)).toEqual({ off: [{ id: 'a', name: 'Attic', songs: 2 }], foreign: 2 })
  expect(unplayableOf([], homes, () => null)).toEqual({ off: [], foreign: 0 })
})
