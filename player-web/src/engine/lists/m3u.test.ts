import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../net/playlists-types'
import type { Track } from '../types'
import { bestOf, folded, searchesOf, stemOf } from './match'
import { decodeM3u, fileNameOf, formatM3u, M3U_ENTRIES_MAX, ownUri, parseM3u } from './m3u'

const HOME = '12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD'
const TRACK = 'abcdefghijklmnopqrstuv'
const item = (over: Partial<Item> = {}): Item => ({
  id: 'i', home: HOME, track: TRACK, title: 'Low Tide', artist: 'Ida Noor', album: 'Harbour', album_id: null, duration_ms: 229_400, cover_id: null, kind: 'audio', added_ms: 0, ...over,
})
const entry = (text: string) => {
  const [first] = parseM3u(text).entries
  if (!first) throw new Error('no entry')
  return first
}

describe('an M3U', () => {
  it('is read with its names, whatever wrote its lines', () => {
    const text = '\uFEFF#EXTM3U\r\n#PLAYLIST:Evening\r\n\r\n#EXTINF:229,Ida Noor - Low Tide\r\n#EXTALB:Harbour\r\nC:\\Music\\Ida Noor\\07 - Low Tide.flac\r\n#a remark\rnext.mp3\n'
    const list = parseM3u(text)
    expect(list.name).toBe('Evening')
    expect(list.entries).toEqual([
      { uri: 'C:\\Music\\Ida Noor\\07 - Low Tide.flac', title: 'Low Tide', artist: 'Ida Noor', album: 'Harbour', seconds: 229 },
      { uri: 'next.mp3', title: null, artist: null, album: null, seconds: null },
    ])
  })

  it.each([
    ['#EXTINF:-1 tvg-name="A, B" group-title="x",The Title\nu', { title: 'The Title', artist: null, seconds: null }],
    ['#EXTINF:12.6,Nine - Rooms - Live\nu', { title: 'Rooms - Live', artist: 'Nine', seconds: 13 }],
    ['#EXTINF:\nu', { title: null, artist: null, seconds: null }],
    ['#EXTINF:abc,Words\nu', { title: 'abc,Words', artist: null, seconds: null }],
    ['#EXTINF:5\nu', { title: null, artist: null, seconds: 5 }],
    ['#EXTART:Somebody\n#EXTINF:5,Words\nu', { title: 'Words', artist: null, seconds: 5 }],
  ])('with %j', (text, said) => expect(entry(text)).toMatchObject(said))

  it('is bounded', () => {
    const list = parseM3u('a.mp3\n'.repeat(M3U_ENTRIES_MAX + 5))
    expect([list.entries.length, list.cut]).toEqual([M3U_ENTRIES_MAX, true])
  })

  it('of any bytes is read without harm', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseM3u(decodeM3u(bytes))))
  })

  it('that Windows wrote is read in its letters', () => {
    expect(decodeM3u(new Uint8Array([0x4d, 0xfc, 0x6e]))).toBe('Mün')
    expect(decodeM3u(new TextEncoder().encode('Mün'))).toBe('Mün')
  })

  it('that was written here comes back as it was', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((text) => text.replace(/[\r\n\u0085\u2028\u2029]/g, '').trim()).filter((text) => text !== '' && !text.includes(' - '))
    fc.assert(fc.property(name, fc.option(name), (title, artist) => {
      const [back] = parseM3u(formatM3u('List', [item({ title, artist })])).entries
      expect(back).toMatchObject({ title, artist, seconds: 229 })
      expect(ownUri(back?.uri ?? '')).toEqual({ home: HOME, track: TRACK })
    }))
  })

  it('has lines of one line, and a name for every disk', () => {
    expect(formatM3u('a\nb', [item({ title: 'x\r\n#EXTINF:1,y' })]).split('\n')).toHaveLength(6)
    expect(fileNameOf('..AC/DC: "Best"?')).toBe('AC DC Best.m3u8')
    expect(fileNameOf('...')).toBe('Playlist.m3u8')
  })

  it('only trusts addresses of ours that are whole', () => {
    expect([ownUri('iroam://x/y'), ownUri(`iroam://${HOME}/../etc`), ownUri(`http://${HOME}/${TRACK}`)]).toEqual([null, null, null])
  })
})

const track = (title: string, artist: string | null, duration_ms = 200_000, album: string | null = null): Track => ({
  id: title, title, artist, album, album_id: null, album_artist: null, genre: null, track_no: null, disc_no: null, year: null, duration_ms, kind: 'audio',
  media_type: '', codec: null, bitrate_kbps: null, sample_rate_hz: null, channels: null, size_bytes: 0, cover_id: null, added_ms: 0,
})

describe('a line of a foreign list', () => {
  it('is searched by its names, then by its file', () => {
    expect(searchesOf(entry('#EXTINF:1,Múm & Søn - Lów Tide\n/m/03 Low_Tide.mp3'))).toEqual(['mum søn low tide', 'low tide'])
    expect(searchesOf(entry('file:///m/1-07%20Ida%20Noor%20-%20Low%20Tide.flac'))).toEqual(['ida noor low tide'])
  })

  it.each([
    ['07 - Low Tide.flac', 'Low Tide'], ['/a/b/1-07 Low Tide.mp3', 'Low Tide'], ['C:\\x\\12. Low Tide.m4a', 'Low Tide'],
    ['http://h/Low%20Tide.ogg?x=1', 'Low Tide'], ['99 Luftballons.mp3', 'Luftballons'], ['100%.mp3', '100%'], ['', ''],
  ])('%s is called %s', (uri, stem) => expect(stemOf(uri)).toBe(stem))

  it('means the track of that title by that artist, of that length when there are several', () => {
    const wanted = entry('#EXTINF:229,Ida Noor - Low Tide\nx.mp3')
    const choice = [track('Low Tide', 'Nine Rooms', 229_000), track('Low Tide', 'Ida Noor', 100_000), track('Low Tide', 'Ida Noor', 229_400), track('Low', 'Ida Noor')]
    expect(bestOf(wanted, choice)).toBe(choice[2])
  })

  it('means nothing when only half of it fits', () => {
    expect(bestOf(entry('#EXTINF:229,Ida Noor - Low Tide\nx.mp3'), [track('Low Tide', 'Nine Rooms'), track('High Tide', 'Ida Noor')])).toBeNull()
    expect(bestOf(entry('nothing like it.mp3'), [track('Low Tide', 'Ida Noor')])).toBeNull()
  })

  it('is known by its file alone', () => {
    expect(bestOf(entry('Ida Noor - Low Tide.mp3'), [track('Low Tide', 'Ida Noor')])?.title).toBe('Low Tide')
    expect(bestOf(entry('04 low tide.mp3'), [track('Low Tide', 'Ida Noor')])?.title).toBe('Low Tide')
  })

  it('is compared without accents, case and punctuation', () => expect(folded('  Ādam—OKORO!  ')).toBe('adam okoro'))
})
