import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MemoryPortal } from '../../ui/stories/memory-portal'
import type { Track } from '../types'
import { favouritesOf } from './changes'
import { rowId } from '../../net/row-id'
import { MemoryKeep, type Keep } from './keep'
import type { Entry } from './outbox'
import { ListSync } from './sync'

let ids = 0
const newId = (): string => rowId(1_700_000_000_000, new Uint8Array(10).fill(0).map((_, i) => (i === 9 ? ++ids % 256 : i === 8 ? ids >> 8 : 0)))
const track = (title: string): Track => ({
  id: title, title, artist: null, album: null, album_id: null, album_artist: null, genre: null, track_no: null, disc_no: null, year: null, duration_ms: 1_000,
  kind: 'audio', media_type: 'audio/flac', codec: null, bitrate_kbps: null, sample_rate_hz: null, channels: null, size_bytes: 1, cover_id: null, added_ms: 0,
})
const settle = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

/** Changes that outlive a tab. */
class Drawer implements Keep {
  rows: Entry[] = []
  put(entries: readonly Entry[]): void { this.rows.push(...entries) }
  drop(entries: readonly Entry[]): void { this.rows = this.rows.filter((row) => !entries.some((e) => e.tab === row.tab && e.order === row.order)) }
  adopt(): Promise<Entry[]> { return Promise.resolve([...this.rows]) }
  close(): void { /* nothing */ }
}

function player(portal: MemoryPortal, keep: Keep = new MemoryKeep(), tab = `tab-${++ids}`): ListSync {
  const sync = new ListSync({ api: portal.api, tab, home: () => 'home', nowMs: () => Date.now(), newId, random: () => 0.5, seen: () => undefined })
  portal.listen({ playlists: (cursor, changed) => sync.changed(cursor, changed), marks: (cursor) => sync.marksChanged(cursor) })
  sync.start(keep)
  return sync
}
const names = (sync: ListSync): string[] => {
  const state = sync.state.get()
  return state.kind === 'ready' ? state.playlists.map(({ name }) => name) : [state.kind]
}
function titles(watched: ReturnType<ListSync['watch']>): string[] {
  const state = watched.state.get()
  return state.kind === 'ready' ? state.items.map(({ title }) => title) : [state.kind]
}

beforeEach(() => void vi.useFakeTimers({ now: 1_700_000_000_000 }))
afterEach(() => void vi.useRealTimers())

describe('playlists that two players edit', () => {
  it('keep the edits of both, and both see the same', async () => {
    const portal = new MemoryPortal()
    const [one, two] = [player(portal), player(portal)]
    await settle()
    const id = one.create('Evening', 'list', null)
    one.insert(id, [track('a'), track('b')], 'end')
    await settle()
    expect(names(two)).toEqual(['Evening'])
    const [here, there] = [one.watch(id), two.watch(id)]
    await settle()
    one.insert(id, [track('mine')], null)
    two.insert(id, [track('theirs')], 'end')
    two.rename(id, 'Night')
    await settle()
    expect(titles(here)).toEqual(['mine', 'a', 'b', 'theirs'])
    expect(titles(there)).toEqual(titles(here))
    expect([names(one), names(two), portal.titles(id)]).toEqual([['Night'], ['Night'], titles(here)])
  })

  it('show changes at once, before the portal has answered', async () => {
    const portal = new MemoryPortal()
    const sync = player(portal)
    await settle()
    portal.weather = () => 'lost-before'
    const id = sync.create('Evening', 'list', null)
    const watched = sync.watch(id)
    const [a, b] = sync.insert(id, [track('a'), track('b'), track('c')], 'end')
    sync.move(id, b as string, null)
    sync.take(id, [a as string])
    expect([names(sync), titles(watched)]).toEqual([['Evening'], ['b', 'c']])
    sync.putBack(id, [a as string])
    expect(titles(watched)).toEqual(['b', 'a', 'c'])
    await settle(1_000)
    expect(sync.sync.get()).toEqual({ waiting: 7, away: true, full: false })
    portal.weather = () => 'fair'
    await settle(60_000)
    expect([sync.sync.get(), portal.titles(id), titles(watched)]).toEqual([{ waiting: 0, away: false, full: false }, ['b', 'a', 'c'], ['b', 'a', 'c']])
  })

  it('wait while the disk of the portal is full, and nothing is given up', async () => {
    const portal = new MemoryPortal()
    const drawer = new Drawer()
    const sync = player(portal, drawer)
    await settle()
    portal.weather = () => 507
    const id = sync.create('Evening', 'list', null)
    sync.insert(id, [track('a')], 'end')
    await settle(120_000)
    expect([sync.sync.get(), sync.refused.get(), drawer.rows.length]).toEqual([{ waiting: 2, away: true, full: true }, null, 2])
    portal.weather = () => 503
    await settle(60_000)
    expect(sync.sync.get()).toEqual({ waiting: 2, away: true, full: false })
    portal.weather = () => 'fair'
    await settle(60_000)
    expect([sync.sync.get(), portal.titles(id), drawer.rows]).toEqual([{ waiting: 0, away: false, full: false }, ['a'], []])
  })

  it('survive a network that loses requests and answers at random', async () => {
    const portal = new MemoryPortal()
    const [one, two] = [player(portal), player(portal)]
    await settle()
    const id = one.create('Evening', 'list', null)
    await settle()
    const seen = [one.watch(id), two.watch(id)] as const
    let n = 0
    portal.weather = () => (['fair', 'lost-after', 'lost-before', 503, 'fair', 'lost-after'] as const)[n++ % 6] ?? 'fair'
    for (let i = 0; i < 12; i++) {
      const sync = i % 2 === 0 ? one : two
      sync.insert(id, [track(`s${i}`)], i % 3 === 0 ? null : 'end')
      await settle(700)
    }
    portal.weather = () => 'fair'
    await settle(200_000)
    expect([...portal.titles(id)].sort()).toEqual(Array.from({ length: 12 }, (_, i) => `s${i}`).sort())
    expect([titles(seen[0]), titles(seen[1])]).toEqual([portal.titles(id), portal.titles(id)])
    expect(one.sync.get().waiting + two.sync.get().waiting).toBe(0)
  })

  it('send what an earlier visit could not, in its order', async () => {
    const portal = new MemoryPortal()
    const drawer = new Drawer()
    const before = player(portal, drawer)
    await settle()
    portal.weather = () => 'lost-before'
    const id = before.create('Evening', 'list', null)
    before.insert(id, [track('a'), track('b')], 'end')
    await settle(500)
    before.close()
    expect(drawer.rows).toHaveLength(3)
    portal.weather = () => 'fair'
    const after = player(portal, drawer)
    await settle(100)
    expect([names(after), portal.titles(id), drawer.rows]).toEqual([['Evening'], ['a', 'b'], []])
  })

  it('tell of a change that is refused, and keep the others', async () => {
    const portal = new MemoryPortal()
    const sync = player(portal)
    await settle()
    const id = sync.create('Evening', 'list', null)
    await settle()
    let first = true
    portal.weather = () => {
      const refuse = first
      first = false
      return refuse ? 422 : 'fair'
    }
    sync.rename(id, '')
    sync.insert(id, [track('a')], 'end')
    await settle()
    expect(sync.refused.get()).toMatchObject({ name: 'Evening', changes: 1, why: 'refused' })
    expect([names(sync), portal.titles(id)]).toEqual([['Evening'], ['a']])
  })

  it('tell when the list was deleted elsewhere', async () => {
    const portal = new MemoryPortal()
    const [one, two] = [player(portal), player(portal)]
    await settle()
    const id = one.create('Evening', 'list', null)
    await settle()
    const watched = two.watch(id)
    await settle()
    portal.weather = () => 'lost-before'
    two.insert(id, [track('a'), track('b')], 'end')
    await settle(100)
    portal.weather = () => 'fair'
    one.remove(id)
    await settle(5_000)
    expect(two.refused.get()).toMatchObject({ changes: 2, why: 'gone', name: 'Evening' })
    expect([watched.state.get().kind, names(two)]).toEqual(['gone', []])
    one.restore(id)
    await settle(1_000)
    expect([names(one), names(two)]).toEqual([['Evening'], ['Evening']])
  })
})

describe('favourites and stars', () => {
  it('are seen in the other browser, the newest first', async () => {
    const portal = new MemoryPortal()
    const [one, two] = [player(portal), player(portal)]
    await settle()
    one.mark(track('a'), { favourite: true })
    await settle(10)
    two.mark(track('b'), { favourite: true })
    two.mark(track('a'), { stars: 4 })
    await settle(10)
    for (const sync of [one, two]) {
      expect(favouritesOf(sync.marks.get()).map(({ title }) => title)).toEqual(['b', 'a'])
      expect(sync.marks.get().get('home/a')).toMatchObject({ favourite: true, stars: 4 })
    }
    one.mark(track('b'), { favourite: false })
    await settle(10)
    expect(favouritesOf(two.marks.get()).map(({ title }) => title)).toEqual(['a'])
  })

  it('show at once while the portal is away', async () => {
    const portal = new MemoryPortal()
    const sync = player(portal)
    await settle()
    portal.weather = () => 503
    sync.mark(track('a'), { favourite: true })
    sync.mark(track('a'), { stars: 5 })
    expect(sync.marks.get().get('home/a')).toMatchObject({ favourite: true, stars: 5, item: { title: 'a' } })
  })
})
