/** What the user interface sees of playlists, favourites and stars. */

import type { Invitation, Item, Mark, Member, Place, Playlist } from '../../net/playlists-types'
import type { Readable, RowId, Track, Trouble } from '../types'
import type { MarkMap } from './changes'

export type { Invitation, Item, Mark, MarkMap, Member, Place, Playlist }

/** The tree of lists. Changes show at once; the portal hears of them in their order, later when it is away. */
export type ListsState =
  /** No account here: the page is served by a home itself, or nobody is signed in. */
  | { kind: 'none' }
  | { kind: 'loading' }
  | { kind: 'failed'; trouble: Trouble }
  | { kind: 'ready'; playlists: readonly Playlist[] }

/** Whether the portal knows everything. */
export interface SyncState {
  /** Changes that it has not taken yet. */
  waiting: number
  /** It does not take them; it is tried again by itself. */
  away: boolean
  /** It does not for want of room on its disk. */
  full: boolean
}

/** One list, as it is looked at. */
export type ListState =
  | { kind: 'loading' }
  | { kind: 'failed'; trouble: Trouble }
  /** Deleted, or no longer shared with this account. */
  | { kind: 'gone' }
  | { kind: 'ready'; items: readonly Item[] }

/** Changes that the portal will never take; shown, never lost in silence. */
export interface Refused {
  /** The list's name; empty for marks. */
  name: string
  changes: number
  why: 'gone' | 'refused' | 'full'
  /** The portal's own words; empty when there are none. */
  detail: string
}

export interface Watched {
  readonly state: Readable<ListState>
  close(): void
}

export interface Lists {
  readonly state: Readable<ListsState>
  readonly sync: Readable<SyncState>
  /** Favourites and stars by `home/track`. */
  readonly marks: Readable<MarkMap>
  /** The last refusal; another object for each. */
  readonly refused: Readable<Refused | null>

  /** Looks at a list until closed. */
  watch(id: RowId): Watched
  create(name: string, kind: 'list' | 'folder', parent: RowId | null): RowId
  rename(id: RowId, name: string): void
  place(id: RowId, place: Place): void
  remove(id: RowId): void
  restore(id: RowId): void
  duplicate(id: RowId, name: string): RowId
  /** Puts tracks behind an item, first (`null`), or at the end. Answers the new items' ids. */
  insert(list: RowId, tracks: readonly Track[], after: RowId | null | 'end'): RowId[]
  /** Moves an item behind another; first for `null`. */
  move(list: RowId, item: RowId, after: RowId | null): void
  take(list: RowId, items: readonly RowId[]): void
  putBack(list: RowId, items: readonly RowId[]): void
  mark(track: Track, change: { favourite?: boolean; stars?: number }): void
  /** Rejects with what the portal says. */
  invite(id: RowId, email: string): Promise<void>
  /** Invitations that wait; for the owner. */
  invitations(id: RowId): Promise<Invitation[]>
  withdraw(id: RowId, invitation: RowId): Promise<void>
  /** Ends a member's editing, or one's own. */
  dismiss(id: RowId, account: RowId): Promise<void>
}
