import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryPortal } from '../ui/stories/memory-portal'
import { QueueHandover, type HandoverHooks } from './handover'
import { KnownTracks } from './known-tracks'
import { homeOf, placed, trackOf } from './placed'
import { Cell } from './readable'
import type { PlayerState, Position, QueueEntry, QueueState, Track } from './types'

const HOME = 'home'
const track = (title: string): Track =>
  ({ ...trackOf({ id: '', home: HOME, track: title, title, artist: 'A', album: null, album_id: null, duration_ms: 200_000, cover_id: null, kind: 'audio', added_ms: 0 }), media_type: 'audio/flac' })
const settle = (ms = 400): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** As much of a player as the handover sees. */
function player() {
  const queue = new Cell<QueueState>({ entries: [], index: -1, shuffle: false, repeat: 'off', canUndo: false, filling: false })
  const state = new Cell({ status: { kind: 'idle' }, speed: 1 } as PlayerState)
  const position = new Cell<Position>({ positionMs: 0, durationMs: 0, bufferedMs: 0 })
  const entriesOf = (tracks: readonly Track[]): QueueEntry[] => tracks.map((one, key) => ({ key, home: homeOf(one) ?? HOME, track: one }))
  const set = (tracks: readonly Track[], index: number, positionMs = 0, kind: 'playing' | 'paused' = 'playing'): void => {
    position.set({ ...position.get(), positionMs })
    queue.set({ ...queue.get(), entries: entriesOf(tracks), index })
    state.set({ ...state.get(), status: { kind } })
  }
  return {
    queue, state, position, set,
    restore: (tracks: readonly Track[], index: number, positionMs: number) => set(tracks, index, positionMs),
    refine: (tracks: readonly Track[]) => {
      const entries = queue.get().entries.map((entry) => ({ ...entry, track: tracks.find(({ id }) => id === entry.track.id) ?? entry.track }))
      queue.set({ ...queue.get(), entries })
    },
  }
}

function browser(portal: MemoryPortal, peer: string, shelf: readonly Track[], memory = { text: null as string | null }) {
  const plays = player()
  const known = new KnownTracks({
    track: (_home, id) => {
      const found = shelf.find((one) => one.id === id)
      return found ? Promise.resolve(found) : Promise.reject(new Error('off'))
    },
    load: () => memory.text,
    save: (text) => (memory.text = text),
  })
  const hooks = { api: portal.api, peer: () => Promise.resolve(peer), player: plays, known, nowMs: () => Date.now(), random: () => 0.5 }
  const handover = new QueueHandover(hooks as unknown as HandoverHooks)
  handover.start()
  return { plays, handover, memory }
}

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('a queue', () => {
  const shelf = ['a', 'b', 'c'].map(track)

  it('is written down when it changes, and offered in the next browser with the song’s name', async () => {
    const portal = new MemoryPortal()
    const here = browser(portal, 'one', shelf)
    here.plays.set(shelf, 1, 12_000)
    await settle()
    expect(portal.queue).toMatchObject({ player: 'one', index: 1, position_ms: 12_000, playing: true, items: [{ track: 'a' }, { track: 'b' }, { track: 'c' }] })
    const there = browser(portal, 'two', shelf)
    await settle()
    expect(there.handover.offer.get()).toMatchObject({ track: { title: 'b' }, positionMs: 12_000, songs: 3, device: 'Firefox on Windows' })
    expect(there.plays.state.get().status.kind).toBe('idle')
    there.handover.take()
    await settle()
    expect(there.plays.queue.get().entries.map((entry) => entry.track.title)).toEqual(['a', 'b', 'c'])
    expect(portal.queue).toMatchObject({ player: 'two', index: 1 })
    expect(there.handover.offer.get()).toBeNull()
  })

  it('is offered without a name while its home is off, and with it when this browser knows the song', async () => {
    const portal = new MemoryPortal()
    const here = browser(portal, 'one', shelf)
    here.plays.set(shelf.map((one) => placed(one, HOME)), 0, 5_000, 'paused')
    await settle()
    const stranger = browser(portal, 'two', [])
    const again = browser(portal, 'three', [], here.memory)
    await settle()
    expect(stranger.handover.offer.get()).toMatchObject({ track: null, positionMs: 5_000 })
    expect(again.handover.offer.get()).toMatchObject({ track: { title: 'a' } })
    stranger.handover.take()
    await settle()
    expect(stranger.plays.queue.get().entries.map((entry) => entry.track.title)).toEqual(Array(3).fill('Unknown song'))
  })

  it('is not offered again once it is not wanted, until another player has its own', async () => {
    const portal = new MemoryPortal()
    const here = browser(portal, 'one', shelf)
    here.plays.set(shelf, 0)
    await settle()
    const there = browser(portal, 'two', shelf)
    await settle()
    there.handover.dismiss()
    there.handover.changed({ player: 'one', seq: 9, updated_ms: 1 })
    await settle()
    expect(there.handover.offer.get()).toBeNull()
    const third = browser(portal, 'three', shelf)
    third.plays.set(shelf, 2)
    await settle()
    there.handover.changed({ player: 'three', seq: 1, updated_ms: 2 })
    await settle()
    expect(there.handover.offer.get()).toMatchObject({ track: { title: 'c' } })
  })

  it('is not offered where the same songs stand at the same place', async () => {
    const portal = new MemoryPortal()
    const here = browser(portal, 'one', shelf)
    const there = browser(portal, 'two', shelf)
    there.plays.set(shelf, 1, 12_500, 'paused')
    await settle()
    here.plays.set(shelf, 1, 12_000, 'paused')
    await settle()
    expect(portal.queue).toMatchObject({ player: 'one' })
    there.handover.changed({ player: 'one', seq: 1, updated_ms: 1 })
    await settle()
    expect(there.handover.offer.get()).toBeNull()
    here.plays.set(shelf, 1, 90_000, 'paused')
    await settle()
    there.handover.changed({ player: 'one', seq: 2, updated_ms: 2 })
    await settle()
    expect(there.handover.offer.get()).toMatchObject({ positionMs: 90_000 })
  })

  it('is written down later when the portal was away, and not at all when nothing was played', async () => {
    const portal = new MemoryPortal()
    portal.weather = () => 'lost-before'
    const here = browser(portal, 'one', shelf)
    await settle(60_000)
    expect(portal.queue).toBeNull()
    here.plays.set(shelf, 2, 1_000, 'paused')
    await settle(2_000)
    portal.weather = () => 'fair'
    await settle(60_000)
    expect(portal.queue).toMatchObject({ index: 2, playing: false })
  })
})
