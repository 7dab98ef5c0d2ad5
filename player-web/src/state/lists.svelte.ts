import { fromStore, type Readable as SvelteReadable } from 'svelte/store'
import { favouritesOf, markKey } from '../engine/lists/changes'
import { linesOf, type Line } from '../engine/lists/tree'
import type { Item, ListsState, Mark, Playlist, SyncState } from '../engine/lists/types'
import { homeOf, trackOf } from '../engine/placed'
import type { App, Offer, Readable, RowId, Track } from '../engine/types'

function rune<T>(source: Readable<T>): { readonly current: T } {
  return fromStore(source as SvelteReadable<T>)
}

/** What is dragged: tracks from anywhere, or a playlist of the tree. */
export type Drag =
  | { kind: 'tracks'; words: string; tracks: () => Promise<readonly Track[]>; from: { list: RowId; index: number } | null }
  | { kind: 'playlist'; id: RowId }

/** A dialog of lists; its code is loaded when it opens. */
export type ListDialog =
  | { kind: 'add'; tracks: readonly Track[] }
  | { kind: 'import'; parent: RowId | null }
  | { kind: 'people'; id: RowId }
  | { kind: 'moveTo'; id: RowId }

const OPEN_KEY = 'iroam.folders'
const NO_MARK: Pick<Mark, 'favourite' | 'stars'> = { favourite: false, stars: 0 }

/** Playlists, favourites and stars as the components read them. */
export class ListsModel {
  readonly #app: App
  readonly #view: Window
  readonly #state: { readonly current: ListsState }
  readonly #sync: { readonly current: SyncState }
  readonly #marks
  readonly #offer: { readonly current: Offer | null }
  readonly #chosen: { readonly current: string | null }
  readonly #connection
  readonly #homes
  #open = $state.raw<ReadonlySet<RowId>>(new Set())
  readonly lines: Line[] = $derived.by(() => linesOf(this.playlists, this.#open))
  readonly favourites: Item[] = $derived.by(() => favouritesOf(this.#marks.current))
  readonly #tracks = new WeakMap<Item, Track>()
  /** The list whose name is being typed in the tree. */
  naming = $state<RowId | null>(null)
  drag = $state.raw<Drag | null>(null)
  dialog = $state.raw<ListDialog | null>(null)
  /** The song of the row that has the focus. */
  focused = $state.raw<Track | null>(null)

  constructor(app: App, view: Window) {
    this.#app = app
    this.#view = view
    this.#state = rune(app.lists.state)
    this.#sync = rune(app.lists.sync)
    this.#marks = rune(app.lists.marks)
    this.#offer = rune(app.handover.offer)
    this.#chosen = rune(app.chosenHome)
    this.#connection = rune(app.connection)
    this.#homes = rune(app.homes)
    this.#open = new Set(read(view))
  }

  get state(): ListsState { return this.#state.current }
  get sync(): SyncState { return this.#sync.current }
  get offer(): Offer | null { return this.#offer.current }
  /** Whether there are lists at all: an account at a portal. */
  get here(): boolean { return this.state.kind !== 'none' }
  get playlists(): readonly Playlist[] { return this.state.kind === 'ready' ? this.state.playlists : [] }

  find(id: RowId): Playlist | null {
    return this.playlists.find((playlist) => playlist.id === id) ?? null
  }

  /** Favourite and stars of a track; `other` is its home when it carries none and is not of the chosen one. */
  mark(track: Track, other: string | null = null): Pick<Mark, 'favourite' | 'stars'> {
    const home = homeOf(track) ?? other ?? this.#chosen.current
    return (home !== null && this.#marks.current.get(markKey(home, track.id))) || NO_MARK
  }

  isOpen(folder: RowId): boolean { return this.#open.has(folder) }

  setOpen(folder: RowId, open: boolean): void {
    const next = new Set(this.#open)
    if (open) next.add(folder)
    else next.delete(folder)
    this.#open = next
    try {
      this.#view.localStorage.setItem(OPEN_KEY, JSON.stringify([...next]))
    } catch {
      // Storage may be off: the choice then lasts for this visit.
    }
  }

  /** The item as a track; the same one for the same item. */
  trackOf(item: Item): Track {
    const known = this.#tracks.get(item) ?? trackOf(item)
    this.#tracks.set(item, known)
    return known
  }

  /** Whether a home's tracks can be played now; `null` for a home that is not the account's. */
  canPlay(home: string): boolean | null {
    void [this.#connection.current, this.#homes.current]
    return this.#app.canPlay(home)
  }
}

function read(view: Window): RowId[] {
  try {
    const kept: unknown = JSON.parse(view.localStorage.getItem(OPEN_KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}
