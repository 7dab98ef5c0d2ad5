import { describe, expect, it } from 'vitest'
import { dropBefore, dropIndex, toCome } from './order'

describe('the queue panel', () => {
  it('drops an entry where the line was shown', () => {
    const drop = (from: number, before: number): string => {
      const list = ['a', 'b', 'c', 'd']
      const [entry = ''] = list.splice(from, 1)
      list.splice(dropIndex(from, before), 0, entry)
      return list.join('')
    }
    expect([drop(0, 2), drop(3, 0), drop(1, 4), drop(2, 2), drop(2, 3)]).toEqual(['bacd', 'dabc', 'acdb', 'abcd', 'abcd'])
  })
  it('finds the gap nearest to the pointer, inside the list', () => {
    expect([dropBefore(100, 100, 48, 9), dropBefore(125, 100, 48, 9), dropBefore(9_999, 100, 48, 9), dropBefore(0, 100, 48, 9)]).toEqual([0, 1, 9, 0])
  })
  it('counts what is to come', () => {
    expect([toCome(10, 3), toCome(1, 0), toCome(0, -1), toCome(5, -1)]).toEqual([6, 0, 0, 5])
  })
})
