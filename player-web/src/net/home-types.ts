/**
 * The home API, as `protocol/src/home.rs` defines it. Lengths of time are milliseconds, points in time Unix
 * milliseconds. Every text comes from a home and is text, never markup.
 */

import type { PathKind, PeerIdText } from './portal-types'

/** Stable for one home: 22 characters of base64url. */
export type ItemId = string

export interface Counts {
  tracks: number
  albums: number
  artists: number
  genres: number
  duration_ms: number
  /** Files that could not be read as media. */
  failed: number
}

/** A running scan. */
export interface Scan {
  found: number
  done: number
  /** All folders have been walked, so that `found` is final. */
  walked: boolean
}

/** `GET /v1/status`. */
export interface Status {
  id: PeerIdText
  name: string
  version: string
  revision: number
  counts: Counts
  /** `null` when the index is complete. */
  scan: Scan | null
  /** Folders that cannot be read now, by their last name only; their tracks stay listed. */
  unreadable: string[]
  time_ms: number
}

export interface Track {
  id: ItemId
  title: string
  artist: string | null
  album: string | null
  album_id: ItemId | null
  album_artist: string | null
  genre: string | null
  track_no: number | null
  disc_no: number | null
  year: number | null
  /** 0 when unknown. */
  duration_ms: number
  kind: 'audio' | 'video'
  media_type: string
  codec: string | null
  bitrate_kbps: number | null
  sample_rate_hz: number | null
  channels: number | null
  size_bytes: number
  cover_id: ItemId | null
  added_ms: number
}

export interface Album {
  id: ItemId
  title: string
  /** `null` when unknown or various. */
  artist: string | null
  artist_id: ItemId | null
  year: number | null
  tracks: number
  duration_ms: number
  cover_id: ItemId | null
  added_ms: number
}

export interface Artist {
  id: ItemId
  name: string
  albums: number
  tracks: number
  cover_id: ItemId | null
}

export interface Genre {
  id: ItemId
  name: string
  tracks: number
}

/** A page of a list. */
export interface Page<T> {
  items: T[]
  /** Place of the first row in the whole list, from 0. */
  offset: number
  total: number
  /** `null` at the end. */
  next: string | null
  revision: number
}

/** `GET /v1/search`: the best of each kind, ranked. */
export interface Found {
  tracks: Track[]
  albums: Album[]
  artists: Artist[]
  revision: number
}

/** `GET /v1/changes?since=`: answers at once when the revision differs, else waits up to 25 s. */
export interface Changes {
  revision: number
  counts: Counts
  scan: Scan | null
}

/** `GET /v1/path`. */
export interface PathAnswer {
  path: PathKind
  /** Signed; `null` under a browse grant. */
  report: string | null
  served_ms: number
}

export type TrackSort = 'artist' | 'title' | 'album' | 'genre' | 'year' | 'duration' | 'added'
export type AlbumSort = 'added' | 'title' | 'artist' | 'year'
export type Direction = 'asc' | 'desc'
