/**
 * Playlists, marks and the queue that follows, as `protocol/src/playlists.rs` and `protocol/src/queue.rs` define them.
 * Times are Unix milliseconds, lengths milliseconds; ids of rows are UUIDv7, made here for what is made here.
 */

import type { ItemId } from './home-types'
import type { PeerIdText, RowId } from './portal-types'

/** What a track looks like, for reading while its home is off. */
export interface Snapshot {
  title: string
  artist: string | null
  album: string | null
  album_id: ItemId | null
  /** 0 when unknown. */
  duration_ms: number
  cover_id: ItemId | null
  kind: 'audio' | 'video'
}

/** One place in a list; the same track may stand in it several times. */
export interface Item extends Snapshot {
  id: RowId
  home: PeerIdText
  track: ItemId
  /** The portal says so. */
  added_ms: number
  /** Which member put it in; left out for the owner. The portal says so. */
  added_by?: RowId
}

/** Somebody who shares a list. */
export interface Member {
  account: RowId
  name: string
  role: 'owner' | 'editor'
}

/** A list or folder, as one of its members sees it. */
export interface Playlist {
  id: RowId
  name: string
  kind: 'list' | 'folder'
  /** The folder that this member keeps it in; `null` at the top. */
  parent: RowId | null
  role: 'owner' | 'editor'
  /** Everybody who shares it, its owner first; empty when nobody does. */
  members: Member[]
  count: number
  duration_ms: number
  /** The last operation on its items. */
  seq: number
  created_ms: number
  updated_ms: number
}

/** `GET /playlists`: parents before children, neighbours in their order. */
export interface Playlists {
  cursor: number
  playlists: Playlist[]
}

/** The event `playlists`: the cursor now, and what changed, was shared, moved or removed. */
export interface PlaylistsChanged {
  cursor: number
  changed: RowId[]
}

/** A place in a member's sidebar: in a folder (`null`: the top) behind a neighbour (`null`: first). */
export interface Place {
  parent: RowId | null
  after: RowId | null
}

/**
 * What is to be done with a list's items; `op` names it, so that a repeat is harmless. `after` is the item before: `null`
 * for the first place; one that the list does not know stands for the end.
 */
export type Operation =
  | { op: RowId; kind: 'insert'; item: Item; after: RowId | null }
  | { op: RowId; kind: 'move'; item: RowId; after: RowId | null }
  | { op: RowId; kind: 'remove'; item: RowId }
  | { op: RowId; kind: 'restore'; item: RowId }

/** What an operation did, in the list's one sequence. `after` always names an item that is there. */
export type Applied = { seq: number; op: RowId } & (
  | { change: 'put'; item: Item; after: RowId | null }
  | { change: 'moved'; item: RowId; after: RowId | null }
  | { change: 'removed'; item: RowId }
  | { change: 'nothing' }
)

/** `GET /playlists/{id}`: all items, or with `since` the changes after that number. */
export interface PlaylistRead {
  playlist: Playlist
  seq: number
  items?: Item[]
  changes?: Applied[]
}

/** Answer of `POST /playlists/{id}/operations`. */
export interface OperationsApplied {
  seq: number
  applied: { op: RowId; seq: number }[]
}

/** An invitation that waits. */
export interface Invitation {
  id: RowId
  email: string
  created_ms: number
  expires_ms: number
}

/** What a person thinks of a track. */
export interface Mark {
  home: PeerIdText
  track: ItemId
  favourite: boolean
  /** 0 to 5; 0 is none. */
  stars: number
  at_ms: number
  /** When it became a favourite. */
  favourite_ms: number | null
  /** Of a favourite only. */
  item: Snapshot | null
}

/** `GET /marks?since=`: later ones than that cursor, in the order of marking. */
export interface Marks {
  cursor: number
  marks: Mark[]
  more: boolean
}

export interface NewMark {
  op: RowId
  favourite?: boolean
  stars?: number
  /** What it looks like; needed to make it a favourite. */
  item?: Snapshot
}

export interface QueuePlace {
  home: PeerIdText
  track: ItemId
}

/** `PUT /queue`: what plays where, by ids only. */
export interface NewQueue {
  /** The tab. */
  player: PeerIdText
  /** Counts up within one tab. */
  seq: number
  /** Around the current one; left out: as this tab sent them last (409 when another tab has sent its own since). */
  items?: QueuePlace[]
  /** The current one, from 0. */
  index: number
  position_ms: number
  playing: boolean
  shuffle: boolean
  repeat: 'off' | 'all' | 'one'
}

/** `GET /queue`. */
export interface KeptQueue extends NewQueue {
  items: QueuePlace[]
  updated_ms: number
  /** Such as `Firefox on Windows`. */
  device: string
}

/** The event `queue`. */
export interface QueueChanged {
  player: PeerIdText
  seq: number
  updated_ms: number
}
