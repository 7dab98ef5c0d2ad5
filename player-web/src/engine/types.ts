/**
 * What the user interface sees of the engine. Everything here is plain data, commands and stores; the engine makes one
 * {@link App} per tab (`createApp` in `engine/app.ts`).
 */

import type { Handover } from './handover'
import type { Lists } from './lists/types'
import type {
  Album, AlbumSort, Artist, Counts, Direction, Found, Genre, ItemId, Page, Scan, Track, TrackSort,
} from '../net/home-types'
import type { MadeLink, NewShare, Share, SharedItem, ShareKind, SharePage, ShareState } from '../net/share-types'
import type { Home, Me, PathKind, PeerIdText, RowId, RunningListening, Wallet } from '../net/portal-types'

export type { Handover, Offer } from './handover'
export type { Lists } from './lists/types'
export type { Album, AlbumSort, Artist, Counts, Direction, Found, Genre, ItemId, Page, Scan, Track, TrackSort }
export type { MadeLink, NewShare, Share, SharedItem, ShareKind, SharePage, ShareState }
export type { Home, Me, PathKind, PeerIdText, RowId, RunningListening, Wallet }

/**
 * A value that changes. `subscribe` calls `run` at once and then on every change, and answers the way to stop: the
 * contract of Svelte's stores. Values are replaced, never changed in place.
 */
export interface Readable<T> {
  get(): T
  subscribe(run: (value: T) => void): () => void
}

/** What went wrong, in words for a person, and what to do about it. */
export interface Trouble {
  /** What happened: one plain sentence. */
  message: string
  /** What to do: one plain sentence; empty when waiting is all that helps. */
  nextStep: string
}

/** The whole engine of one tab. */
export interface App {
  readonly session: Readable<Session>
  /** The account's homes; in agent mode the one home that serves this page. */
  readonly homes: Readable<Home[]>
  /** `null` in agent mode and while nobody is signed in. */
  readonly wallet: Readable<Wallet | null>
  /** The home whose library is shown; `null` when there is none. Kept for the next visit. */
  readonly chosenHome: Readable<PeerIdText | null>
  /** How the chosen home is reached. */
  readonly connection: Readable<HomeConnection>
  /** The library of the chosen home. */
  readonly collection: LibraryApi
  readonly player: Player
  /** Playlists, favourites and stars of the account. */
  readonly lists: Lists
  /** The queue of another browser, to go on with. */
  readonly handover: Handover
  /** Whether tracks of that home can be played now; `null` for a home that is not one of the account's. */
  canPlay(home: PeerIdText): boolean | null
  /** Works for whoever is signed in at a portal. */
  readonly shares: Shares
  chooseHome(id: PeerIdText): void
  /** Try again at once whatever is waiting: session, relay, home. */
  retryNow(): void
  /** Ends listening and session, purges covers, goes to `/`. */
  signOut(): Promise<void>
  /** Closes everything; for tests and hot reload. */
  close(): void
}

/** Who uses this tab. */
export type Session =
  | { kind: 'loading' }
  /** Go to `signInUrl`. */
  | { kind: 'signedOut'; signInUrl: string }
  /** Signed in at a portal. */
  | { kind: 'ready'; me: Me }
  /** Served by a home's own agent: no account, no minutes, one home. */
  | { kind: 'local'; home: PeerIdText; name: string }
  /** Neither the portal nor an agent answers, or this browser lacks something. Retried by itself unless `fatal`. */
  | { kind: 'error'; trouble: Trouble; fatal: boolean }

/** How the chosen home is reached. `attempt` counts from 1 within one outage; times are Unix milliseconds. */
export type HomeConnection =
  /** The account has no home yet: show how to install one. */
  | { kind: 'none' }
  | { kind: 'connecting'; home: PeerIdText; attempt: number; sinceMs: number }
  /** `rttMs` is `null` until measured. */
  | { kind: 'online'; home: PeerIdText; path: PathKind; rttMs: number | null }
  /** The home's machine is off, asleep or without network. `lastSeenMs` is `null` when never. */
  | { kind: 'homeOffline'; home: PeerIdText; lastSeenMs: number | null; retryAtMs: number }
  /** The portal or its relay does not answer: no internet, or the portal restarts. */
  | { kind: 'relayUnreachable'; home: PeerIdText; retryAtMs: number }
  /** The portal answers but WebSockets do not pass: the network here blocks them. */
  | { kind: 'blocked'; home: PeerIdText; retryAtMs: number }
  /** This machine's clock and the portal's differ by so much. Positive: this machine is ahead. */
  | { kind: 'clockSkew'; home: PeerIdText; skewMs: number }
  | { kind: 'error'; home: PeerIdText; trouble: Trouble; retryAtMs: number | null }

/** What a library holds, kept fresh by long polling. */
export interface LibraryStatus {
  home: PeerIdText
  name: string
  /** Pages of another revision are stale. */
  revision: number
  counts: Counts
  /** A running scan; `null` when the index is complete. */
  scan: Scan | null
  /** Folders that cannot be read now, by their last name. */
  unreadable: string[]
}

/** Which tracks, in which order. */
export interface TrackQuery {
  sort?: TrackSort
  dir?: Direction
  /** Full-text filter. */
  q?: string
  album?: ItemId
  artist?: ItemId
  genre?: ItemId
  kind?: 'audio' | 'video'
}

export interface AlbumQuery {
  sort?: AlbumSort
  dir?: Direction
  artist?: ItemId
  genre?: ItemId
}

/** A window of a list. `limit` is 1 to 500. */
export interface Window {
  offset: number
  limit: number
}

/**
 * Reads of the chosen home. Each waits while the home is not online (at most 15 s) and rejects with a
 * {@link LibraryError}; an aborted one rejects with the signal's reason.
 */
export interface LibraryApi {
  /** `null` until first heard. */
  readonly status: Readable<LibraryStatus | null>
  tracks(query: TrackQuery, window: Window, signal?: AbortSignal): Promise<Page<Track>>
  albums(query: AlbumQuery, window: Window, signal?: AbortSignal): Promise<Page<Album>>
  artists(window: Window & { genre?: ItemId }, signal?: AbortSignal): Promise<Page<Artist>>
  genres(window: Window, signal?: AbortSignal): Promise<Page<Genre>>
  album(id: ItemId, signal?: AbortSignal): Promise<Album>
  /** One track of any home of the account that is connected. Waits for the home as long as the signal lets it. */
  track(home: PeerIdText, id: ItemId, signal: AbortSignal): Promise<Track>
  /** Every track of an album in its own order. */
  albumTracks(id: ItemId, signal?: AbortSignal): Promise<Track[]>
  search(q: string, limit: number, signal?: AbortSignal): Promise<Found>
  /** Whether addresses of covers can be asked for: before the worker serves this page they would reach the portal. */
  readonly coversReady: Readable<boolean>
  /**
   * An address for `<img src>`, once covers are ready. `null` for no cover. `home` is the chosen one
   * when left out.
   */
  coverUrl(cover: ItemId | null, size: CoverSize, home?: PeerIdText): string | null
}

export type CoverSize = 96 | 256 | 512

/** Why a read of a library failed, with words for a person. */
export class LibraryError extends Error {
  constructor(readonly trouble: Trouble, readonly kind: 'offline' | 'refused' | 'notFound' | 'broken') {
    super(trouble.message)
    this.name = 'LibraryError'
  }
}

/** The player. Commands never throw; what goes wrong shows in {@link PlayerState}. */
export interface Player {
  readonly state: Readable<PlayerState>
  /** Changes about four times a second while playing; apart from `state` so that little redraws. */
  readonly position: Readable<Position>
  readonly queue: Readable<QueueState>
  readonly listening: Readable<ListeningState>

  /** Gives the engine the one media element; it must be attached to the document. Answers the way to take it back. */
  attach(element: HTMLMediaElement): () => void

  /** Replaces the queue and plays from `index`. */
  playNow(tracks: readonly Track[], index?: number): void
  /**
   * Replaces the queue by a whole list (up to 5,000 rows around `index`) and plays the row `index` at once. `row` is
   * that row when it is at hand, which saves asking for it.
   */
  playQuery(query: TrackQuery, index: number, row?: Track | null): void
  /** Plays after the current one. */
  playNext(tracks: readonly Track[]): void
  playLast(tracks: readonly Track[]): void
  /** Plays this entry of the queue. */
  jump(key: number): void
  /** Moves an entry so that it stands at `toIndex`. */
  move(key: number, toIndex: number): void
  remove(keys: readonly number[]): void
  clear(): void
  /** Takes the last change of the queue back. */
  undo(): void

  toggle(): void
  play(): void
  pause(): void
  next(): void
  /** Back to the start after 3 s of a track, else the one before. */
  previous(): void
  seek(positionMs: number): void
  seekBy(deltaMs: number): void
  /** 0 to 1. */
  setVolume(volume: number): void
  setMuted(muted: boolean): void
  /** 0.5 to 3. */
  setSpeed(speed: number): void
  setShuffle(on: boolean): void
  setRepeat(repeat: Repeat): void

  /** Ends another listening of the account, then plays here. */
  stopOther(listening: RowId): void
}

export type Repeat = 'off' | 'all' | 'one'

/** One place in the queue; `key` names it while it lives. */
export interface QueueEntry {
  readonly key: number
  readonly home: PeerIdText
  readonly track: Track
}

export interface QueueState {
  /** In the order of playing. */
  entries: readonly QueueEntry[]
  /** The current one; -1 when none. */
  index: number
  shuffle: boolean
  repeat: Repeat
  canUndo: boolean
  /** A long list is still being fetched into the queue. */
  filling: boolean
}

export interface PlayerState {
  status: PlayStatus
  /** The current entry; `null` when the queue is empty. */
  entry: QueueEntry | null
  volume: number
  muted: boolean
  speed: number
  hasNext: boolean
  hasPrevious: boolean
  /** Address of the current cover at 512 px; `null` when there is none. */
  coverUrl: string | null
}

/** What the player does now. "Playing" for a button's face is `kind` `playing`, `loading` or `waiting`. */
export type PlayStatus =
  | { kind: 'idle' }
  | { kind: 'loading' }
  | { kind: 'playing' }
  | { kind: 'paused' }
  /** Wants to play and goes on by itself. */
  | { kind: 'waiting'; why: WaitReason; words: string }
  /** The browser wants a click or key first. */
  | { kind: 'needsGesture'; words: string }
  /** No minutes are left: `topUpUrl` goes on. */
  | { kind: 'noMinutes'; words: string; topUpUrl: string }
  /** Three listenings run: offer to stop one. */
  | { kind: 'tooMany'; words: string; running: RunningListening[] }
  | { kind: 'error'; trouble: Trouble }

export type WaitReason = 'buffering' | 'home' | 'portal' | 'lease'

export interface Position {
  positionMs: number
  /** From the library's index; 0 when unknown. */
  durationMs: number
  /** End of what is buffered around the position. */
  bufferedMs: number
}

/** The listening of this tab, for the balance and the "now on" line. */
export interface ListeningState {
  /** Whether a listening is open. */
  open: boolean
  /** Media time left on the present path; `null` when not known or not metered (agent mode). */
  leftMs: number | null
  /** Micro-units for the next minute; `null` when not known. */
  priceMicros: number | null
  currency: string | null
  path: PathKind | null
  rttMs: number | null
  /** No other minute can be paid: the current item may end, then playing stops. */
  final: boolean
  /** Media milliseconds that may still be played; `null` unless final. */
  playOutMs: number | null
  /** Cumulative media milliseconds played in this listening. */
  playedMs: number
}

/** What this account shares. Everything rejects with a {@link ShareError}. */
export interface Shares {
  /** Whether the account's address is confirmed: without that nothing can be shared. */
  confirmed(): Promise<boolean>
  /** Makes the links and has the invitations sent: all of them, or none when it rejects. */
  create(share: NewShare): Promise<MadeLink[]>
  /** Newest first; `cursor` is the `next` of the page before, `null` for the first. */
  list(cursor: string | null): Promise<SharePage>
  /** From now on the link opens nothing; whoever listens by it hears silence within seconds. */
  revoke(id: RowId): Promise<void>
  /** The link, when it was made in this tab; `null` otherwise, since the portal keeps no secret. */
  linkOf(id: RowId): string | null
}

/** Why something about shares was refused. */
export class ShareError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly kind: 'offline' | 'unconfirmed' | 'signedOut' | 'quota' | 'gone' | 'refused',
    /** The field of {@link NewShare} at fault; `null` when none is named. */
    readonly field: string | null,
  ) {
    super(trouble.message)
    this.name = 'ShareError'
  }
}
