/**
 * Playlists, favourites and stars of an account. What a person does shows at once and goes to the portal in its order;
 * while the portal is away it waits, in this browser's storage too. What others do comes by the portal's events. Nothing
 * here runs before `start`, and all of it ends with `close`.
 */

import { backoffMs } from '../../net/backoff'
import type { PlaylistsApi } from '../../net/playlists-api'
import type { Invitation, Item, Mark, Operation, Place, Playlist } from '../../net/playlists-types'
import { ProblemError } from '../../net/transport'
import { Pause } from '../pause'
import { itemOf, snapshotOf } from '../placed'
import { Cell, until } from '../readable'
import type { PeerIdText, Readable, RowId, Track, Trouble } from '../types'
import { WORDS } from '../words'
import { markKey, marksOf, treeOf, type Change, type MarkMap } from './changes'
import type { Keep } from './keep'
import { fateOf, Outbox, type Batch, type Entry } from './outbox'
import { Refresher } from './refresher'
import { putAt, withinOf } from './tree'
import type { Lists, ListsState, Refused, SyncState, Watched } from './types'
import { Watching } from './watching'

export interface SyncHooks {
  api: PlaylistsApi
  /** Names this tab among the browser's. */
  tab: string
  /** The home of tracks that carry none. */
  home(): PeerIdText | null
  nowMs(): number
  newId(): RowId
  random(): number
  /** Items that were read: their looks may help elsewhere. */
  seen(items: readonly Item[]): void
}

/** The status of a portal whose disk is full. */
const STORAGE_FULL = 507
/** Lists that nobody looks at are kept so many, for the way back. */
const KEPT_MAX = 20

export class ListSync implements Lists {
  readonly #hooks: SyncHooks
  readonly #state = new Cell<ListsState>({ kind: 'none' })
  readonly #sync = new Cell<SyncState>({ waiting: 0, away: false, full: false })
  readonly #marks = new Cell<MarkMap>(new Map())
  readonly #refused = new Cell<Refused | null>(null)
  readonly #outbox = new Outbox()
  readonly #watched = new Map<RowId, Watching>()
  readonly #tree: Refresher
  readonly #markReader: Refresher
  #keep: Keep | null = null
  #base: Playlist[] | null = null
  #cursor: number | null = null
  #bin: Playlist[] = []
  /** Every name that was heard, for words about lists that are gone. */
  readonly #names = new Map<RowId, string>()
  /** Counts answers to our own changes: a tree that was asked for before one of them is old. */
  #turn = 0
  #markBase: MarkMap = new Map()
  #markCursor: number | null = null
  #order = 0
  #away = false
  #full = false
  #sending = false
  readonly #pause = new Pause()
  #closed = false

  constructor(hooks: SyncHooks) {
    this.#hooks = hooks
    this.#tree = new Refresher(() => this.#readTree(), hooks.random)
    this.#markReader = new Refresher(() => this.#readMarks(), hooks.random)
  }

  /** Somebody is signed in. `keep` holds what earlier visits could not send. */
  start(keep: Keep): void {
    this.#keep = keep
    this.#state.set({ kind: 'loading' })
    this.look()
  }

  /** The channel to the portal stands (again): read everything that is shown, send everything that waits. */
  look(): void {
    const keep = this.#keep
    if (!keep || this.#closed) return
    this.#tree.now()
    this.#markReader.now()
    for (const watching of this.#watched.values()) watching.refresher.now()
    this.#pause.end()
    void keep.adopt().then((entries) => {
      this.#outbox.adopt(entries)
      this.#publish()
      void this.#send()
    })
  }

  /** These lists changed, or the tree. A cursor that is known already tells nothing new of the tree. */
  changed(cursor: number, ids: readonly RowId[]): void {
    if (!this.#keep) return
    if (cursor !== this.#cursor) this.#tree.now()
    for (const id of ids) this.#watched.get(id)?.refresher.now()
  }

  marksChanged(cursor: number): void {
    if (this.#keep && cursor !== this.#markCursor) this.#markReader.now()
  }

  /** Resolves when the portal knows everything; rejects with the signal's reason. */
  async settled(signal: AbortSignal): Promise<void> {
    await until(this.#sync, ({ waiting }) => waiting === 0, signal)
  }

  close(): void {
    this.#closed = true
    this.#tree.stop()
    this.#markReader.stop()
    for (const watching of this.#watched.values()) watching.refresher.stop()
    this.#pause.end()
    this.#keep?.close()
  }

  get state(): Readable<ListsState> {
    return this.#state
  }

  get sync(): Readable<SyncState> {
    return this.#sync
  }

  get marks(): Readable<MarkMap> {
    return this.#marks
  }

  get refused(): Readable<Refused | null> {
    return this.#refused
  }

  watch(id: RowId): Watched {
    const watching = this.#watched.get(id) ?? this.#startWatching(id)
    watching.lookers++
    let open = true
    return {
      state: watching.state,
      close: () => {
        if (open) watching.lookers--
        open = false
        this.#forgetUnseen()
      },
    }
  }

  create(name: string, kind: 'list' | 'folder', parent: RowId | null): RowId {
    const id = this.#hooks.newId()
    this.#do([{ kind: 'create', id, name, list: kind, parent, atMs: this.#hooks.nowMs() }])
    return id
  }

  rename(id: RowId, name: string): void {
    this.#do([{ kind: 'patch', id, op: this.#hooks.newId(), name }])
  }

  place(id: RowId, place: Place): void {
    this.#do([{ kind: 'patch', id, op: this.#hooks.newId(), place }])
  }

  remove(id: RowId): void {
    this.#do([{ kind: 'delete', id }])
  }

  restore(id: RowId): void {
    this.#do([{ kind: 'restore', id }])
  }

  duplicate(of: RowId, name: string): RowId {
    const id = this.#hooks.newId()
    this.#do([{ kind: 'duplicate', id, of, name, atMs: this.#hooks.nowMs() }])
    return id
  }

  insert(list: RowId, tracks: readonly Track[], after: RowId | null | 'end'): RowId[] {
    const home = this.#hooks.home() ?? ''
    const items = tracks.map((track) => itemOf(track, home, this.#hooks.newId(), this.#hooks.nowMs()))
    // An item that the list does not know stands for its end.
    let behind = after === 'end' ? this.#hooks.newId() : after
    this.#edit(list, items.map((item) => {
      const operation: Operation = { op: this.#hooks.newId(), kind: 'insert', item, after: behind }
      behind = item.id
      return operation
    }))
    return items.map(({ id }) => id)
  }

  move(list: RowId, item: RowId, after: RowId | null): void {
    this.#edit(list, [{ op: this.#hooks.newId(), kind: 'move', item, after }])
  }

  take(list: RowId, items: readonly RowId[]): void {
    this.#edit(list, items.map((item) => ({ op: this.#hooks.newId(), kind: 'remove', item })))
  }

  putBack(list: RowId, items: readonly RowId[]): void {
    this.#edit(list, items.map((item) => ({ op: this.#hooks.newId(), kind: 'restore', item })))
  }

  mark(track: Track, change: { favourite?: boolean; stars?: number }): void {
    const item = itemOf(track, this.#hooks.home() ?? '', this.#hooks.newId(), this.#hooks.nowMs())
    if (item.home === '') return
    const { home, track: id, added_ms: atMs } = item
    const snapshot = change.favourite ? { item: snapshotOf(item) } : {}
    this.#do([{ kind: 'mark', op: this.#hooks.newId(), home, track: id, ...change, ...snapshot, atMs }])
  }

  invite(id: RowId, email: string): Promise<void> {
    return this.#hooks.api.invite(id, email)
  }

  invitations(id: RowId): Promise<Invitation[]> {
    return this.#hooks.api.invitations(id)
  }

  withdraw(id: RowId, invitation: RowId): Promise<void> {
    return this.#hooks.api.withdraw(id, invitation)
  }

  async dismiss(id: RowId, account: RowId): Promise<void> {
    await this.#hooks.api.dismiss(id, account)
    this.#tree.now()
  }

  #edit(list: RowId, operations: readonly Operation[]): void {
    this.#do(operations.map((operation) => ({ kind: 'edit', list, operation })))
  }

  #do(changes: readonly Change[]): void {
    if (!this.#keep || changes.length === 0) return
    if (!this.#outbox.hasRoom(changes.length)) return this.#refuse(changes, 'full', '')
    const entries = changes.map((change) => this.#entry(change))
    for (const entry of entries) this.#outbox.add(entry)
    this.#keep.put(entries)
    this.#publish()
    void this.#send()
  }

  /** Orders are times, and count up where one moment holds several. */
  #entry(change: Change): Entry {
    this.#order = Math.max(this.#hooks.nowMs(), this.#order + 0.001)
    return { tab: this.#hooks.tab, order: this.#order, change }
  }

  async #send(): Promise<void> {
    if (this.#sending) return
    this.#sending = true
    let attempt = 1
    for (let batch = this.#outbox.take(); batch && !this.#closed; batch = this.#outbox.take()) {
      try {
        await this.#post(batch)
        this.#keep?.drop(this.#outbox.done())
        attempt = 1
        this.#away = this.#full = false
      } catch (error) {
        const waitMs = this.#failed(batch, error, attempt)
        if (waitMs !== null) {
          attempt++
          await this.#pause.wait(waitMs)
        }
      }
      this.#publish()
    }
    this.#sending = false
  }

  /** Decides what becomes of a batch that was not taken. Answers how long to wait; `null` when the next may go at once. */
  #failed(batch: Batch, error: unknown, attempt: number): number | null {
    const status = error instanceof ProblemError ? error.status : null
    const fate = fateOf(status)
    if (fate === 'again' || fate === 'signedOut') {
      this.#outbox.unsent()
      this.#away = true
      this.#full = status === STORAGE_FULL
      this.#publish()
      const asked = error instanceof ProblemError ? (error.retryAfterS ?? 0) * 1000 : 0
      return Math.max(asked, backoffMs(attempt, this.#hooks.random()))
    }
    const [first] = batch
    const list = first?.change.kind === 'edit' ? first.change.list : null
    const given = fate === 'gone' && list !== null ? this.#outbox.forget(list) : this.#outbox.refused()
    this.#keep?.drop(given)
    const detail = error instanceof ProblemError ? error.message : ''
    if (given.length > 0) this.#refuse(given.map(({ change }) => change), fate, detail)
    this.#tree.now()
    if (list !== null) this.#watched.get(list)?.refresher.now()
    return null
  }

  #refuse(changes: readonly Change[], why: Refused['why'], detail: string): void {
    const [first] = changes
    const id = first?.kind === 'edit' ? first.list : first && first.kind !== 'mark' ? first.id : ''
    const name = this.#names.get(id) ?? (first?.kind === 'create' || first?.kind === 'duplicate' ? first.name : '')
    this.#refused.set({ name, changes: changes.length, why, detail })
  }

  async #post(batch: Batch): Promise<void> {
    const change = batch[0]?.change
    const { api } = this.#hooks
    switch (change?.kind) {
      case undefined:
        return
      case 'create':
        return this.#upsert(await api.create(change.id, change.name, change.list, change.parent))
      case 'duplicate':
        return this.#upsert(await api.duplicate(change.of, change.id, change.name))
      case 'patch': {
        const { id, op, name, place } = change
        return this.#upsert(await api.change(id, { op, ...(name === undefined ? {} : { name }), ...(place ? { place } : {}) }), place)
      }
      case 'delete':
        await api.remove(change.id)
        return this.#dropped(change.id)
      case 'restore':
        await api.restore(change.id)
        return this.#returned(change.id)
      case 'mark': {
        const { op, home, track, favourite, stars, item } = change
        const mark = await api.mark(home, track, {
          op, ...(favourite === undefined ? {} : { favourite }), ...(stars === undefined ? {} : { stars }), ...(item ? { item } : {}),
        })
        this.#markBase = new Map(this.#markBase).set(markKey(home, track), mark)
        return
      }
      case 'edit':
        return this.#operate(change.list, batch.flatMap((entry) => (entry.change.kind === 'edit' ? [entry.change.operation] : [])))
    }
  }

  async #operate(list: RowId, operations: readonly Operation[]): Promise<void> {
    const answer = await this.#hooks.api.operate(list, operations)
    const watching = this.#watched.get(list)
    const done = operations.map((operation): Change => ({ kind: 'edit', list, operation }))
    this.#base &&= treeOf(this.#base, [], done)
    watching?.took(operations, answer.applied)
    watching?.refresher.now()
    this.#turn++
  }

  /** The portal's word on one list; its place among the others comes with the tree. */
  #upsert(playlist: Playlist, place?: Place): void {
    this.#turn++
    const known = this.#base?.some(({ id }) => id === playlist.id) ?? true
    const next = this.#base?.map((list) => (list.id === playlist.id ? playlist : list)) ?? null
    if (next && !known) next.push(playlist)
    this.#base = next && place ? putAt(next, playlist.id, place) : next
    this.#tree.now()
    this.#watched.get(playlist.id)?.refresher.now()
  }

  #dropped(id: RowId): void {
    this.#turn++
    const ids = withinOf(this.#base ?? [], id)
    this.#bin = [...this.#bin, ...(this.#base ?? []).filter((list) => ids.has(list.id))]
    this.#base = this.#base?.filter((list) => !ids.has(list.id)) ?? null
  }

  #returned(id: RowId): void {
    this.#turn++
    const ids = withinOf(this.#bin, id)
    const back = this.#bin.filter((list) => ids.has(list.id))
    if (this.#base) this.#base = [...this.#base.filter((list) => !ids.has(list.id)), ...back]
    this.#bin = this.#bin.filter((list) => !ids.has(list.id))
    for (const id of ids) this.#watched.get(id)?.refresher.now()
    this.#tree.now()
  }

  async #readTree(): Promise<void> {
    const turn = this.#turn
    try {
      const { cursor, playlists } = await this.#hooks.api.all()
      // Something of ours was answered meanwhile: this answer may be older than that.
      if (turn !== this.#turn) return this.#tree.now()
      this.#base = playlists
      this.#cursor = cursor
      for (const { id, name } of playlists) this.#names.set(id, name)
    } catch (error) {
      if (this.#base === null) this.#state.set({ kind: 'failed', trouble: troubleOf(error) })
      throw error
    } finally {
      this.#publish()
    }
  }

  async #readMarks(): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      const answer = await this.#hooks.api.marks(this.#markCursor).catch((error: unknown) => {
        // What came since that cursor is no longer kept: from the beginning.
        if (error instanceof ProblemError && error.status === 410) this.#markCursor = null
        throw error
      })
      this.#takeMarks(answer.marks, this.#markCursor === null)
      this.#markCursor = answer.cursor
      more = answer.more
      this.#publish()
    }
  }

  /** A mark that was set here meanwhile is newer than one that was read. */
  #takeMarks(marks: readonly Mark[], anew: boolean): void {
    const next = new Map(anew ? [] : this.#markBase)
    for (const mark of marks) {
      const key = markKey(mark.home, mark.track)
      if ((next.get(key)?.at_ms ?? 0) <= mark.at_ms) next.set(key, mark)
    }
    this.#markBase = next
  }

  #startWatching(id: RowId): Watching {
    const watching: Watching = new Watching(new Refresher(() => this.#readList(id, watching), this.#hooks.random))
    this.#watched.set(id, watching)
    if (this.#makes(id) === 'create') watching.begin()
    watching.show(this.#operationsOf(id))
    if (this.#keep && !this.#makes(id)) watching.refresher.now()
    return watching
  }

  async #readList(id: RowId, watching: Watching): Promise<void> {
    // The portal does not know it yet.
    if (this.#makes(id)) return
    try {
      const answer = await this.#hooks.api.read(id, watching.since)
      watching.read(answer)
      this.#hooks.seen(answer.items ?? [])
    } catch (error) {
      if (!(error instanceof ProblemError) || (error.status !== 404 && error.status !== 410)) {
        watching.failed(troubleOf(error))
        throw error
      }
      // 410: what came since is no longer kept. 404: the list itself is gone.
      if (error.status === 404) watching.gone()
      else {
        watching.forget()
        watching.refresher.now()
      }
    } finally {
      watching.show(this.#operationsOf(id))
    }
  }

  /** How a list that the portal does not know yet comes to be. */
  #makes(id: RowId): 'create' | 'duplicate' | null {
    for (const change of this.#outbox.changes) {
      if ((change.kind === 'create' || change.kind === 'duplicate') && change.id === id) return change.kind
    }
    return null
  }

  #operationsOf(list: RowId): Operation[] {
    return this.#outbox.changes.flatMap((change) => (change.kind === 'edit' && change.list === list ? [change.operation] : []))
  }

  #forgetUnseen(): void {
    const unseen = [...this.#watched].filter(([, watching]) => watching.lookers === 0)
    for (const [id, watching] of unseen.slice(0, Math.max(0, unseen.length - KEPT_MAX))) {
      watching.refresher.stop()
      this.#watched.delete(id)
    }
  }

  #publish(): void {
    const { changes } = this.#outbox
    if (this.#base) {
      this.#state.set({ kind: 'ready', playlists: treeOf(this.#base, this.#bin, changes) })
    }
    this.#marks.set(marksOf(this.#markBase, changes))
    this.#sync.set({ waiting: changes.length, away: this.#away, full: this.#full })
    for (const [id, watching] of this.#watched) watching.show(this.#operationsOf(id))
  }
}

function troubleOf(error: unknown): Trouble {
  return error instanceof ProblemError ? { message: error.message, nextStep: '' } : WORDS.portalAway
}
