import { expect, it } from 'vitest'
import { parseM3u } from '../engine/lists/m3u'
import { homeOf, trackOf } from '../engine/placed'
import { LibraryError, type LibraryApi, type Track } from '../engine/types'
import { matchAll } from './import'

const HOME = '12D3KooWHdiAxVd8uMQR1hGWXccidmfCwLqcMpGwR6QcTP6QRMuD'
const ID = 'abcdefghijklmnopqrstuv'
const track = (title: string, artist: string): Track =>
  trackOf({ id: '', home: 'x', track: title, title, artist, album: null, album_id: null, duration_ms: 1_000, cover_id: null, kind: 'audio', added_ms: 0 })
const shelf = [track('Low Tide', 'Ida Noor'), track('Nine Rooms', 'Quiet Machines')]
const reads: Pick<LibraryApi, 'search' | 'track'> = {
  search: (q) => Promise.resolve({ tracks: shelf.filter(({ title, artist }) => q.split(' ').every((word) => `${artist} ${title}`.toLowerCase().includes(word))), albums: [], artists: [], revision: 1 }),
  track: (home, id) => (home === HOME && id === ID ? Promise.resolve(track('By its address', 'Somebody')) : Promise.reject(new LibraryError({ message: '', nextStep: '' }, 'notFound'))),
}
const entries = parseM3u(`#EXTINF:1,Quiet Machines - Nine Rooms\na.mp3\n#EXTINF:1,Nobody - Nothing\nb.mp3\niroam://${HOME}/${ID}\n03 - low tide.flac\n`).entries

it('a list is matched in its order, by address, names and file; what fits nothing is told', async () => {
  const steps: number[] = []
  const { found, missing } = await matchAll(reads, 'chosen', entries, new AbortController().signal, (done) => steps.push(done))
  expect(found.map(({ title }) => title)).toEqual(['Nine Rooms', 'By its address', 'Low Tide'])
  expect(found.map(homeOf)).toEqual(['chosen', HOME, 'chosen'])
  expect(missing.map(({ uri }) => uri)).toEqual(['b.mp3'])
  expect(steps.at(-1)).toBe(4)
})

it('a home that is off is not taken for a reads without the songs', async () => {
  const off = { ...reads, search: () => Promise.reject(new LibraryError({ message: '', nextStep: '' }, 'offline')) }
  await expect(matchAll(off, 'chosen', entries, new AbortController().signal, () => undefined)).rejects.toMatchObject({ kind: 'offline' })
})
