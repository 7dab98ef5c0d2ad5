import { expect, it } from 'vitest'
import type { Track } from '../../engine/types'
import { move, numberOf } from './rows'

it('keys move within the list and stop at its ends', () => {
  expect(move('ArrowDown', 3, 10, 5)).toBe(4)
  expect(move('ArrowUp', 0, 10, 5)).toBe(0)
  expect(move('PageDown', 7, 10, 5)).toBe(9)
  expect(move('End', 0, 10, 5)).toBe(9)
  expect(move('Home', 9, 10, 5)).toBe(0)
  expect(move('x', 1, 10, 5)).toBeNull()
  expect(move('ArrowDown', 0, 0, 5)).toBeNull()
})

it('numbers name the disc only where there are several', () => {
  const track = { track_no: 3, disc_no: 2 } as Track
  expect(numberOf(track, true)).toBe('2.3')
  expect(numberOf(track, false)).toBe('3')
  expect(numberOf({ track_no: null, disc_no: null } as Track, true)).toBe('')
})
