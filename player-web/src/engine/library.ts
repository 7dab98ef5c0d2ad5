/** The library of the chosen home: reads that wait for it, and its status kept fresh by long polling. */

import { HomeApi } from '../net/home-api'
import type { HomeTransport } from '../net/transport'
import { ProblemError } from '../net/transport'
import { Cell } from './readable'
import {
  LibraryError, type Album, type AlbumQuery, type Artist, type CoverSize, type Found, type Genre, type ItemId,
  type LibraryApi, type LibraryStatus, type Page, type PeerIdText, type Readable, type Track, type TrackQuery,
  type Window,
} from './types'
import { WORDS } from './words'

/** A read waits for the home so long. */
const WAIT_MS = 15_000
/** After a poll that failed while the home was up. */
const POLL_RETRY_MS = 3_000
/** Between two polls: lists are drawn anew with every change. */
const POLL_PAUSE_MS = 1_000
/** Tracks of one album: a box of a hundred discs. */
const ALBUM_TRACKS_MAX = 2_000
const PAGE = 500

export interface LibraryHooks {
  home(): PeerIdText | null
  transport(home: PeerIdText): HomeTransport | null
  /** Resolves when that home is connected. */
  whenUp(home: PeerIdText, signal: AbortSignal): Promise<void>
  readonly coversReady: Readable<boolean>
}

export class HomeLibrary implements LibraryApi {
  readonly #hooks: LibraryHooks
  readonly #status = new Cell<LibraryStatus | null>(null)
  #polling: AbortController | null = null

  constructor(hooks: LibraryHooks) {
    this.#hooks = hooks
  }

  get status(): Readable<LibraryStatus | null> {
    return this.#status
  }

  get coversReady(): Readable<boolean> {
    return this.#hooks.coversReady
  }

  /** Another home was chosen, or none. */
  follow(home: PeerIdText | null): void {
    this.#polling?.abort()
    this.#status.set(null)
    this.#polling = home === null ? null : new AbortController()
    if (home !== null && this.#polling) void this.#poll(home, this.#polling.signal)
  }

  tracks(query: TrackQuery, window: Window, signal?: AbortSignal): Promise<Page<Track>> {
    return this.#read((api, limit) => api.tracks({ ...query, ...window }, limit), signal)
  }

  albums(query: AlbumQuery, window: Window, signal?: AbortSignal): Promise<Page<Album>> {
    return this.#read((api, limit) => api.albums({ ...query, ...window }, limit), signal)
  }

  artists(window: Window & { genre?: ItemId }, signal?: AbortSignal): Promise<Page<Artist>> {
    return this.#read((api, limit) => api.artists(window, limit), signal)
  }

  genres(window: Window, signal?: AbortSignal): Promise<Page<Genre>> {
    return this.#read((api, limit) => api.genres(window, limit), signal)
  }

  album(id: ItemId, signal?: AbortSignal): Promise<Album> {
    return this.#read((api, limit) => api.album(id, limit), signal)
  }

  async albumTracks(id: ItemId, signal?: AbortSignal): Promise<Track[]> {
    const tracks: Track[] = []
    for (;;) {
      const page = await this.tracks({ album: id, sort: 'album' }, { offset: tracks.length, limit: PAGE }, signal)
      tracks.push(...page.items)
      if (page.items.length === 0 || tracks.length >= Math.min(page.total, ALBUM_TRACKS_MAX)) return tracks
    }
  }

  search(q: string, limit: number, signal?: AbortSignal): Promise<Found> {
    return this.#read((api, limitSignal) => api.search(q, limit, limitSignal), signal)
  }

  async track(home: PeerIdText, id: ItemId, signal: AbortSignal): Promise<Track> {
    await this.#hooks.whenUp(home, signal)
    const transport = this.#hooks.transport(home)
    if (!transport) throw new LibraryError(WORDS.homeAway, 'offline')
    try {
      return await new HomeApi(transport).track(id, signal)
    } catch (error) {
      signal.throwIfAborted()
      throw libraryError(error)
    }
  }

  coverUrl(cover: ItemId | null, size: CoverSize, home: PeerIdText | null = this.#hooks.home()): string | null {
    return home === null || cover === null ? null : coverUrl(home, cover, size)
  }

  async #read<T>(ask: (api: HomeApi, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    const home = this.#hooks.home()
    if (home === null) throw new LibraryError(WORDS.homeAway, 'offline')
    const wait = AbortSignal.timeout(WAIT_MS)
    const either = signal ? AbortSignal.any([signal, wait]) : wait
    try {
      await this.#hooks.whenUp(home, either)
      const transport = this.#hooks.transport(home)
      if (!transport) throw new LibraryError(WORDS.homeAway, 'offline')
      return await ask(new HomeApi(transport), signal ?? new AbortController().signal)
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof LibraryError ? error : libraryError(error)
    }
  }

  async #poll(home: PeerIdText, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#hooks.whenUp(home, signal)
        const transport = this.#hooks.transport(home)
        if (transport) await this.#pollOnce(new HomeApi(transport), home, signal)
      } catch {
        if (signal.aborted) return
        await new Promise((resolve) => setTimeout(resolve, POLL_RETRY_MS))
      }
    }
  }

  async #pollOnce(api: HomeApi, home: PeerIdText, signal: AbortSignal): Promise<void> {
    const known = this.#status.get()
    if (known === null) {
      const { name, revision, counts, scan, unreadable } = await api.status(signal)
      if (!signal.aborted) this.#status.set({ home, name, revision, counts, scan, unreadable })
      return
    }
    const { revision, counts, scan } = await api.changes(known.revision, signal)
    if (!signal.aborted) this.#status.set({ ...known, revision, counts, scan })
    // A running scan changes the library all the time.
    await new Promise((resolve) => setTimeout(resolve, POLL_PAUSE_MS))
  }
}

export function coverUrl(home: PeerIdText, cover: ItemId, size: CoverSize): string {
  return `/home/${home}/v1/covers/${encodeURIComponent(cover)}?size=${size}`
}

function libraryError(error: unknown): LibraryError {
  if (!(error instanceof ProblemError)) return new LibraryError(WORDS.homeAway, 'offline')
  const trouble = { message: error.message, nextStep: '' }
  if (error.status === 404 || error.status === 410) return new LibraryError(trouble, 'notFound')
  if (error.status === 401 || error.status === 403) return new LibraryError(WORDS.refused, 'refused')
  return new LibraryError(error.status >= 500 ? WORDS.brokenAnswer : trouble, 'broken')
}
