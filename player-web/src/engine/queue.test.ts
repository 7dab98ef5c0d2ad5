import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Queue } from './queue'
import type { Track } from './types'

const track = (title: string): Track => ({
  id: title, title, artist: null, album: null, album_id: null, album_artist: null, genre: null, track_no: null,
  disc_no: null, year: null, duration_ms: 1000, kind: 'audio', media_type: 'audio/mpeg', codec: 'mp3',
  bitrate_kbps: 128, sample_rate_hz: 44100, channels: 2, size_bytes: 1, cover_id: null, added_ms: 0,
})
const tracks = (...titles: string[]): Track[] => titles.map(track)

function random(seed = 1): () => number {
  return () => (seed = (seed * 16807) % 2147483647) / 2147483647
}

function queue(...titles: string[]): Queue {
  const made = new Queue(random())
  if (titles.length > 0) made.set('h', tracks(...titles), 0)
  return made
}

const titles = (of: Queue): string => of.state.entries.map((entry) => entry.track.title).join('')
const now = (of: Queue): string | undefined => of.current?.track.title
const key = (of: Queue, title: string): number => of.state.entries.find((entry) => entry.track.title === title)?.key ?? -1

describe('a queue', () => {
  test('plays from where it was started, to its end', () => {
    const q = queue()
    q.set('h', tracks('a', 'b', 'c'), 1)
    expect(now(q)).toBe('b')
    expect(q.next(true)?.track.title).toBe('c')
    expect(q.next(true)).toBeNull()
    expect(q.hasNext).toBe(false)
  })

  test('takes tracks next and last without disturbing what plays', () => {
    const q = queue('a', 'b')
    q.playLast('h', tracks('z'))
    q.playNext('h', tracks('x', 'y'))
    expect(titles(q)).toBe('axybz')
    expect(now(q)).toBe('a')
  })

  test('that was empty starts with what is added', () => {
    const q = queue()
    q.playNext('h', tracks('x'))
    expect(now(q)).toBe('x')
  })

  test('keeps what plays when entries move around it', () => {
    const q = queue('a', 'b', 'c', 'd')
    q.jump(key(q, 'b'))
    q.move(key(q, 'd'), 0)
    expect([titles(q), now(q)]).toEqual(['dabc', 'b'])
    q.move(key(q, 'b'), 3)
    expect([titles(q), now(q)]).toEqual(['dacb', 'b'])
  })

  test('goes to the entry after the current one when that is removed', () => {
    const q = queue('a', 'b', 'c')
    q.jump(key(q, 'b'))
    q.remove([key(q, 'b')])
    expect(now(q)).toBe('c')
    q.remove([key(q, 'c')])
    expect(now(q)).toBe('a')
    q.remove([key(q, 'a')])
    expect(q.current).toBeNull()
  })

  test('gives back what was cleared or removed', () => {
    const q = queue('a', 'b', 'c')
    q.next(false)
    q.clear()
    expect(q.current).toBeNull()
    expect(q.undo()).toBe(true)
    expect([titles(q), now(q)]).toEqual(['abc', 'b'])
  })

  test('begins again with repeat all, and stays with repeat one only at a track\'s end', () => {
    const q = queue('a', 'b')
    q.setRepeat('all')
    q.next(true)
    expect(q.next(true)?.track.title).toBe('a')
    expect(q.previous()?.track.title).toBe('b')
    q.setRepeat('one')
    expect(q.next(true)?.track.title).toBe('b')
    expect(q.next(false)?.track.title).toBe('a')
  })

  test('shuffles without losing the current track, and back', () => {
    const q = queue(...'abcdefghij')
    q.jump(key(q, 'e'))
    q.setShuffle(true)
    expect(now(q)).toBe('e')
    expect(titles(q)).not.toBe('abcdefghij')
    expect([...titles(q)].sort().join('')).toBe('abcdefghij')
    q.setShuffle(false)
    expect([titles(q), now(q)]).toEqual(['abcdefghij', 'e'])
  })

  test('grows at both ends while a list is fetched', () => {
    const q = queue('m')
    q.extend('h', tracks('n', 'o'), 'after')
    q.extend('h', tracks('k', 'l'), 'before')
    expect([titles(q), now(q)]).toEqual(['klmno', 'm'])
  })

  test('holds thousands of tracks', () => {
    const q = queue(...Array.from({ length: 5000 }, (_, i) => String(i)))
    expect(q.state.entries.length).toBe(5000)
  })

  test('keeps its invariants whatever is done to it', () => {
    const command = fc.oneof(
      fc.record({ do: fc.constantFrom('set', 'next', 'last', 'before', 'after'), n: fc.nat(6) }),
      fc.record({ do: fc.constantFrom('jump', 'remove', 'move', 'clear', 'undo', 'shuffle', 'plain', 'skip', 'back', 'all'), n: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const q = queue()
        for (const { do: what, n } of commands) {
          const some = Array.from({ length: n }, (_, i) => track(String(i)))
          const at = q.state.entries[n]?.key ?? -1
          if (what === 'set') q.set('h', some, n)
          else if (what === 'next') q.playNext('h', some)
          else if (what === 'last') q.playLast('h', some)
          else if (what === 'before' || what === 'after') q.extend('h', some, what)
          else if (what === 'jump') q.jump(at)
          else if (what === 'remove') q.remove([at])
          else if (what === 'move') q.move(at, n * 2 - 10)
          else if (what === 'clear') q.clear()
          else if (what === 'undo') q.undo()
          else if (what === 'shuffle' || what === 'plain') q.setShuffle(what === 'shuffle')
          else if (what === 'skip') q.next(true)
          else if (what === 'back') q.previous()
          else q.setRepeat('all')
          const { entries, index } = q.state
          expect(new Set(entries.map((entry) => entry.key)).size).toBe(entries.length)
          expect(index).toBeLessThan(Math.max(entries.length, 0))
          expect(index).toBeGreaterThanOrEqual(-1)
        }
      }),
    )
  })
})
