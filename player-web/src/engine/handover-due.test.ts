import { describe, expect, it } from 'vitest'
import { due, ENTRIES_MAX, EVERY_MS, windowFrom, type Here, type Told } from './handover-due'
import type { QueueEntry } from './types'

const entries = [{}, {}, {}] as QueueEntry[]
const here: Here = { entries, index: 1, positionMs: 10_000, playing: true, speed: 1, shuffle: false, repeat: 'off' }
const told: Told = { ...here, atMs: 0, from: 0 }

describe('the queue is written down', () => {
  it('whole at first and when it changed, never when it is empty', () => {
    expect(due(null, here, 0)).toBe('all')
    expect(due(told, { ...here, entries: [...entries] }, 0)).toBe('all')
    expect(due(null, { ...here, index: -1, entries: [] }, 0)).toBeNull()
  })
  it('at another track, at pause and play, at a seek', () => {
    expect(due(told, { ...here, index: 2 }, 100)).toBe('place')
    expect(due(told, { ...here, playing: false, positionMs: 10_500 }, 500)).toBe('place')
    expect(due(told, { ...here, positionMs: 70_000 }, 1_000)).toBe('place')
    expect(due({ ...told, playing: false }, { ...here, playing: false, positionMs: 0 }, 99_000)).toBe('place')
  })
  it('every fifteen seconds while it plays, not while it rests', () => {
    expect(due(told, { ...here, positionMs: 20_000 }, EVERY_MS - 5_000)).toBeNull()
    expect(due(told, { ...here, positionMs: 25_000 }, EVERY_MS)).toBe('place')
    expect(due({ ...told, playing: false }, { ...here, playing: false }, 10 * EVERY_MS)).toBeNull()
  })
  it('does not take double speed or buffering for a seek', () => {
    expect(due({ ...told, speed: 2 }, { ...here, speed: 2, positionMs: 30_000 }, 10_000)).toBeNull()
    expect(due(told, { ...here, positionMs: 10_200 }, 10_000)).toBeNull()
  })
  it('around the current one, when it is longer than what is kept', () => {
    expect([windowFrom(10, 5), windowFrom(20_000, 0), windowFrom(20_000, 19_999), windowFrom(20_000, 5_000)]).toEqual([0, 0, 19_000, 4_750])
    expect(due({ ...told, from: 0 }, { ...here, index: ENTRIES_MAX }, 0)).toBe('all')
  })
})
