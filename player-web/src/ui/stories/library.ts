/** A made-up library of any size, without a table of it in memory: row `i` is computed. For stories and tests only. */
import type { Album, Artist, Genre, Page, Track, TrackQuery, Window } from '../../engine/types'

const FIRST = ['Harbour', 'Nine', 'Salt', 'Low', 'Winter', 'Paper', 'Tide', 'Field', 'Copper', 'Long', 'Glass', 'Under', 'Slow', 'North', 'Small', 'Anchor']
const LAST = ['Lights', 'Rooms', 'and Signal', 'Orbit', 'Atlas', 'Moons', 'Water', 'Notes', 'Sky', 'Way Home', 'Weather', 'the Pier', 'Current', 'Bound', 'Hours', 'Song']
const ARTISTS = ['Ida Noor', 'The Weaver Trio', 'Marek Dahl', 'Quiet Machines', 'Lena Brandt', 'Ota & Friends', 'Sun Choir', 'Juno Park', 'Múm & Søn', 'Orchestra of the Very Long Names and Even Longer Evenings', 'Ādam Okoro', 'Rue 9']
const GENRES = ['Ambient', 'Folk', 'Jazz', 'Electronic', 'Classical', 'Spoken word']
const INKS = [['#12443c', '#f2b84b', '#e8e2d0'], ['#b4391f', '#f4d9b0', '#2a1d17'], ['#1f3d73', '#e5e9ee', '#f06b3f'], ['#2b2b33', '#9bd1c3', '#f3ead7'], ['#dcd6c8', '#31506b', '#c24a2c'], ['#e9b44c', '#50281e', '#f7f1e1'], ['#0f5e74', '#f3f0e6', '#ef8354'], ['#5b7a3a', '#f2e9c9', '#26341b']]
const PER_ALBUM = 11
const PER_ARTIST = 3
const NOW = Date.now()

const pick = <T>(list: readonly T[], n: number): T => list[((n % list.length) + list.length) % list.length] as T

export class Made {
  constructor(readonly tracks: number, readonly video = 0) {}
  get albums(): number { return Math.ceil(this.tracks / PER_ALBUM) }
  get artists(): number { return Math.min(this.albums, Math.max(1, Math.ceil(this.albums / PER_ARTIST))) }

  artist = (n: number): Artist => ({
    id: `artist-${n}`, name: n < ARTISTS.length ? pick(ARTISTS, n) : `${pick(ARTISTS, n)} ${Math.floor(n / ARTISTS.length) + 1}`,
    albums: PER_ARTIST, tracks: PER_ARTIST * PER_ALBUM, cover_id: n % 7 === 5 ? null : `cover-${n * PER_ARTIST}`,
  })
  album = (n: number): Album => ({
    id: `album-${n}`, title: `${pick(FIRST, n * 7)} ${pick(LAST, n * 3 + (n >> 4))}`, artist: this.artist(Math.floor(n / PER_ARTIST)).name,
    artist_id: `artist-${Math.floor(n / PER_ARTIST)}`, year: 1962 + ((n * 13) % 63), tracks: PER_ALBUM, duration_ms: PER_ALBUM * 231_000,
    cover_id: n % 9 === 6 ? null : `cover-${n}`, added_ms: NOW - n * 3_600_000,
  })
  track = (n: number): Track => {
    const album = this.album(Math.floor(n / PER_ALBUM))
    return {
      id: `track-${n}`, title: n % 37 === 20 ? 'A Title That Goes On For So Long That No Column Could Ever Hope to Hold It (Live at the Harbour)' : `${pick(FIRST, n * 5 + 3)} ${pick(LAST, n * 11 + (n >> 3))}`,
      artist: album.artist, album: album.title, album_id: album.id, album_artist: album.artist, genre: pick(GENRES, Math.floor(n / 40)),
      track_no: (n % PER_ALBUM) + 1, disc_no: 1, year: album.year, duration_ms: 92_000 + ((n * 7919) % 240) * 1_000, kind: 'audio', media_type: 'audio/flac', codec: 'flac',
      bitrate_kbps: 890, sample_rate_hz: 44_100, channels: 2, size_bytes: 24_000_000, cover_id: album.cover_id, added_ms: album.added_ms,
    }
  }
  videoTrack = (n: number): Track => ({ ...this.track(n * 17), id: `video-${n}`, title: `Summer film ${n + 1}`, album: null, album_id: null, kind: 'video', media_type: 'video/mp4', codec: 'aac' })
  genre = (n: number): Genre => ({ id: `genre-${n}`, name: pick(GENRES, n), tracks: Math.ceil(this.tracks / GENRES.length) })

  trackPage(query: TrackQuery, window: Window): Page<Track> {
    if (query.kind === 'video') return page(this.video, window, this.videoTrack)
    if (query.album) return page(PER_ALBUM, window, (i) => this.track(Number(query.album?.slice(6)) * PER_ALBUM + i))
    if (query.artist) return page(PER_ARTIST * PER_ALBUM, window, (i) => this.track(Number(query.artist?.slice(7)) * PER_ARTIST * PER_ALBUM + i))
    const flip = query.dir === 'desc' && query.sort !== 'added'
    return page(this.tracks, window, (i) => this.track(flip ? this.tracks - 1 - i : i))
  }
  albumPage(artist: string | undefined, window: Window): Page<Album> {
    return artist ? page(PER_ARTIST, window, (i) => this.album(Number(artist.slice(7)) * PER_ARTIST + i)) : page(this.albums, window, this.album)
  }
  artistPage = (window: Window): Page<Artist> => page(this.artists, window, this.artist)
  genrePage = (window: Window): Page<Genre> => page(GENRES.length, window, this.genre)

  find(q: string, limit: number) {
    const fits = (text: string | null): boolean => text !== null && q.toLowerCase().split(/\s+/).every((word) => text.toLowerCase().includes(word))
    const some = <T>(total: number, of: (n: number) => T, name: (item: T) => string | null): T[] => {
      const found: T[] = []
      for (let n = 0; n < Math.min(total, 2_000) && found.length < limit; n++) if (fits(name(of(n)))) found.push(of(n))
      return found
    }
    return { tracks: some(this.tracks, this.track, (x) => `${x.title} ${x.artist}`), albums: some(this.albums, this.album, (x) => x.title), artists: some(this.artists, this.artist, (x) => x.name), revision: 1 }
  }
}

function page<T>(total: number, { offset, limit }: Window, of: (n: number) => T): Page<T> {
  const length = Math.max(0, Math.min(limit, total - offset))
  return { items: Array.from({ length }, (_, i) => of(offset + i)), offset, total, next: null, revision: 1 }
}

/** A drawn cover as a data address. */
export function cover(of: string): string {
  const n = Number(of.slice(6))
  const [a, b, c] = pick(INKS, n)
  const shapes = [
    `<circle cx="48" cy="60" r="26" fill="${b}"/><path d="M0 60h96v36H0z" fill="${a}"/><path d="M18 69h60M26 78h44" stroke="${c}" stroke-width="3"/>`,
    `<path d="M12 12h22v22H12zM38 12h22v22H38zM12 38h22v22H12zM64 64h22v22H64z" fill="${b}"/><path d="M38 38h48v22H38z" fill="${c}"/>`,
    `<path d="M0 96 48 20l48 76z" fill="${b}"/><circle cx="70" cy="26" r="9" fill="${c}"/>`,
    `<circle cx="48" cy="48" r="34" fill="none" stroke="${b}" stroke-width="2"/><circle cx="48" cy="48" r="22" fill="none" stroke="${b}" stroke-width="2"/><circle cx="72" cy="24" r="7" fill="${c}"/>`,
    `<path d="M0 0h32v96H0z" fill="${b}"/><path d="M32 60h64v12H32z" fill="${c}"/>`,
  ]
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><path d="M0 0h96v96H0z" fill="${a}"/>${pick(shapes, n)}</svg>`)}`
}
