/** Tracks that carry their home: a list may hold songs of several homes, and none of the one that is shown. */

import type { Item, Snapshot } from '../net/playlists-types'
import type { PeerIdText, Track } from './types'

/** A symbol, so that no home can claim in its JSON to be another. */
const HOME: unique symbol = Symbol('home')

/**
 * Bytes per millisecond until the home tells a file's size: 320 kbit/s. It only sets how much is asked for at once.
 */
const TYPICAL_BYTES_PER_MS = 40

type Placed = Track & { [HOME]?: PeerIdText }

/** The track as one of that home. */
export function placed(track: Track, home: PeerIdText): Track {
  return { ...track, [HOME]: home } as Placed
}

/** The home that a track carries; `null` when it is one of the chosen home. */
export function homeOf(track: Track): PeerIdText | null {
  return (track as Placed)[HOME] ?? null
}

/** A track as far as a list knows it. */
export function trackOf(item: Item): Track {
  const track: Track = {
    id: item.track,
    title: item.title,
    artist: item.artist,
    album: item.album,
    album_id: item.album_id,
    album_artist: null,
    genre: null,
    track_no: null,
    disc_no: null,
    year: null,
    duration_ms: item.duration_ms,
    kind: item.kind,
    media_type: '',
    codec: null,
    bitrate_kbps: null,
    sample_rate_hz: null,
    channels: null,
    size_bytes: item.duration_ms * TYPICAL_BYTES_PER_MS,
    cover_id: item.cover_id,
    added_ms: item.added_ms,
  }
  return placed(track, item.home)
}

/** What is kept of a track's looks. */
export function snapshotOf({ title, artist, album, album_id, duration_ms, cover_id, kind }: Snapshot): Snapshot {
  return { title, artist, album, album_id, duration_ms, cover_id, kind }
}

/** What a list keeps of a track. */
export function itemOf(track: Track, home: PeerIdText, id: string, nowMs: number): Item {
  return { id, home: homeOf(track) ?? home, track: track.id, ...snapshotOf(track), added_ms: nowMs }
}
