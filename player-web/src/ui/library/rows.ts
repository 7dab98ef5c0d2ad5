import type { Track, TrackSort } from '../../engine/types'

/** Where a table takes its rows from: a paged list, or tracks that are all here. */
export interface Rows {
  readonly total: number
  at(index: number): Track | undefined
  /** These rows are looked at. */
  show(first: number, end: number): void
}

/** What a person does to the order of a list. */
export interface Arrange {
  /** The list, so that its own songs are moved and others put in. */
  readonly list: string
  move(from: number, to: number): void
  remove(index: number): void
  /** Puts songs before the row at `before`. */
  insert(tracks: readonly Track[], before: number): void
}

/** Rows that are all here. */
export function fixed(tracks: readonly Track[]): Rows {
  return { total: tracks.length, at: (index) => tracks[index], show: () => undefined }
}

/** Columns of the table, in order; `sort` is what a click on the head asks for. */
export const COLUMNS: readonly { id: 'title' | 'artist' | 'album' | 'genre' | 'year' | 'duration'; sort: TrackSort }[] = [
  { id: 'title', sort: 'title' },
  { id: 'artist', sort: 'artist' },
  { id: 'album', sort: 'album' },
  { id: 'genre', sort: 'genre' },
  { id: 'year', sort: 'year' },
  { id: 'duration', sort: 'duration' },
]

/** Height of a row: one line of the dense table, or two lines under a thumb. */
export const ROW_PX = 32
export const ROW_TOUCH_PX = 56
/** Height of the sticky head, so that a revealed row is not under it. */
export const HEAD_PX = 30

/** The number in front of an album's track: `3`, or `2.3` where there are several discs. */
export function numberOf(track: Track, discs: boolean): string {
  const no = track.track_no === null ? '' : String(track.track_no)
  return discs && track.disc_no !== null ? `${track.disc_no}.${no}` : no
}

/** The row that a key moves to; `null` when the key is not one of the list's. */
export function move(key: string, at: number, total: number, page: number): number | null {
  const to: Record<string, number> = {
    ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: total - 1,
  }
  const wanted = to[key]
  return wanted === undefined || total === 0 ? null : Math.min(Math.max(wanted, 0), total - 1)
}
