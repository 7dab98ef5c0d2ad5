/** A portal's playlists in memory, for any number of players. For stories and tests only. */
import type { PlaylistsApi } from '../../net/playlists-api'
import type { Applied, Item, KeptQueue, Mark, NewQueue, Operation, Playlist } from '../../net/playlists-types'
import { ProblemError, TransportError } from '../../net/transport'

interface Kept {
  playlist: Playlist
  /** In order, removed ones too. */
  slots: { item: Item; removed: boolean }[]
  log: Applied[]
}

interface Listener {
  playlists(cursor: number, changed: string[]): void
  marks(cursor: number): void
}

export class MemoryPortal {
  /** In the order of the sidebar. */
  lists: Kept[] = []
  #bin = new Map<string, Kept>()
  #ops = new Set<string>()
  #marks: Mark[] = []
  #cursor = 0
  queue: KeptQueue | null = null
  readonly #listeners = new Set<Listener>()
  /** Decides before each request: answers as usual, fails before the work, or after it. */
  weather: () => 'fair' | 'lost-before' | 'lost-after' | number = () => 'fair'

  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The API as one player sees it. */
  get api(): PlaylistsApi {
    const methods = {
      all: () => this.#answer(() => ({ cursor: this.#cursor, playlists: this.lists.map(({ playlist }) => playlist) })),
      create: (id: string, name: string, kind: 'list' | 'folder', parent: string | null) => this.#answer(() => this.#create(id, name, kind, parent)),
      change: (id: string, change: { op: string; name?: string; place?: { parent: string | null; after: string | null } }) => this.#answer(() => this.#change(id, change)),
      remove: (id: string) => this.#answer(() => this.#remove(id)),
      restore: (id: string) => this.#answer(() => this.#restore(id)),
      duplicate: (of: string, id: string, name: string) => this.#answer(() => this.#duplicate(of, id, name)),
      read: (id: string, since: number | null) => this.#answer(() => this.#read(id, since)),
      operate: (id: string, operations: readonly Operation[]) => this.#answer(() => this.#operate(id, operations)),
      invite: () => this.#answer(() => undefined),
      invitations: () => this.#answer(() => [{ id: 'i', email: 'lena@example.org', created_ms: Date.now() - 7_200_000, expires_ms: 0 }]),
      withdraw: () => this.#answer(() => undefined),
      dismiss: () => this.#answer(() => undefined),
      marks: (since: number | null) => this.#answer(() => ({ cursor: this.#cursor, marks: this.#marks.filter((mark) => mark.at_ms > (since ?? -1)), more: false })),
      mark: (home: string, track: string, change: { op: string; favourite?: boolean; stars?: number; item?: Mark['item'] }) => this.#answer(() => this.#mark(home, track, change)),
      queue: () => this.#answer(() => this.queue),
      keepQueue: (queue: NewQueue) => this.#answer(() => this.#keep(queue)),
      forgetQueue: () => this.#answer(() => undefined),
      lastQueue: () => undefined,
    }
    return methods as unknown as PlaylistsApi
  }

  /** What is in a list now. */
  titles(id: string): string[] {
    return this.#list(id).slots.filter((slot) => !slot.removed).map((slot) => slot.item.title)
  }

  async #answer<T>(work: () => T): Promise<T> {
    const weather = this.weather()
    await Promise.resolve()
    if (typeof weather === 'number') throw problem(weather)
    if (weather === 'lost-before') throw new TransportError('offline', 'The portal does not answer.')
    const answer = work()
    if (weather === 'lost-after') throw new TransportError('lost', 'The portal does not answer.')
    return structuredClone(answer)
  }

  #list(id: string): Kept {
    const list = this.lists.find(({ playlist }) => playlist.id === id)
    if (!list) throw problem(404)
    return list
  }

  #create(id: string, name: string, kind: 'list' | 'folder', parent: string | null): Playlist {
    const known = this.lists.find(({ playlist }) => playlist.id === id)
    if (known) return known.playlist
    const playlist: Playlist = { id, name, kind, parent, role: 'owner', members: [], count: 0, duration_ms: 0, seq: 0, created_ms: 0, updated_ms: 0 }
    this.lists.push({ playlist, slots: [], log: [] })
    this.#tell([id])
    return playlist
  }

  #change(id: string, { op, name, place }: { op: string; name?: string; place?: { parent: string | null; after: string | null } }): Playlist {
    const list = this.#list(id)
    if (this.#once(op)) {
      if (name !== undefined) list.playlist.name = name
      if (place) this.#place(list, place.parent, place.after)
      this.#tell([id])
    }
    return list.playlist
  }

  #place(list: Kept, parent: string | null, after: string | null): void {
    this.lists = this.lists.filter((other) => other !== list)
    list.playlist.parent = parent
    const behind = after === null ? -1 : this.lists.findIndex(({ playlist }) => playlist.id === after)
    const first = this.lists.findIndex(({ playlist }) => playlist.parent === parent)
    this.lists.splice(behind >= 0 ? behind + 1 : after === null && first >= 0 ? first : this.lists.length, 0, list)
  }

  #remove(id: string): void {
    const list = this.lists.find(({ playlist }) => playlist.id === id)
    if (!list) return
    this.#bin.set(id, list)
    this.lists = this.lists.filter((other) => other !== list)
    this.#tell([id])
  }

  #restore(id: string): void {
    const list = this.#bin.get(id)
    if (list) this.lists.push(list)
    this.#bin.delete(id)
    this.#tell([id])
  }

  #duplicate(of: string, id: string, name: string): Playlist {
    const model = this.#list(of)
    const at = this.lists.indexOf(model)
    const copy: Kept = { playlist: { ...model.playlist, id, name, seq: 0 }, slots: model.slots.filter((slot) => !slot.removed).map((slot) => ({ ...slot })), log: [] }
    this.lists.splice(at + 1, 0, copy)
    this.#tell([id])
    return copy.playlist
  }

  #read(id: string, since: number | null): unknown {
    const { playlist, slots, log } = this.#list(id)
    if (since !== null) return { playlist, seq: playlist.seq, changes: log.filter(({ seq }) => seq > since) }
    return { playlist, seq: playlist.seq, items: slots.filter((slot) => !slot.removed).map((slot) => slot.item) }
  }

  #operate(id: string, operations: readonly Operation[]): unknown {
    const list = this.#list(id)
    const applied = operations.map((operation) => {
      const known = list.log.find(({ op }) => op === operation.op)
      return { op: operation.op, seq: known?.seq ?? this.#apply(list, operation) }
    })
    this.#tell([id])
    return { seq: list.playlist.seq, applied }
  }

  #apply(list: Kept, operation: Operation): number {
    const { slots, playlist } = list
    const id = operation.kind === 'insert' ? operation.item.id : operation.item
    const at = slots.findIndex((slot) => slot.item.id === id)
    const slot = slots[at]
    const seq = ++playlist.seq
    const base = { seq, op: operation.op }
    const put = (entry: Kept['slots'][number], after: string | null): void => {
      const behind = after === null ? -1 : slots.findIndex((other) => other.item.id === after)
      slots.splice(after === null ? 0 : behind < 0 ? slots.length : behind + 1, 0, entry)
    }
    const before = (): string | null => slots.slice(0, slots.findIndex((other) => other.item.id === id)).findLast((other) => !other.removed)?.item.id ?? null
    let change: Applied = { ...base, change: 'nothing' }
    if (operation.kind === 'insert' && !slot) {
      put({ item: operation.item, removed: false }, operation.after)
      change = { ...base, change: 'put', item: operation.item, after: before() }
    } else if (operation.kind === 'move' && slot) {
      slots.splice(at, 1)
      put(slot, operation.after)
      if (!slot.removed) change = { ...base, change: 'moved', item: id, after: before() }
    } else if (operation.kind === 'remove' && slot && !slot.removed) {
      slot.removed = true
      change = { ...base, change: 'removed', item: id }
    } else if (operation.kind === 'restore' && slot?.removed) {
      slot.removed = false
      change = { ...base, change: 'put', item: slot.item, after: before() }
    }
    list.log.push(change)
    const seen = slots.filter((other) => !other.removed)
    playlist.count = seen.length
    playlist.duration_ms = seen.reduce((sum, { item }) => sum + item.duration_ms, 0)
    return seq
  }

  #mark(home: string, track: string, { op, favourite, stars, item }: { op: string; favourite?: boolean; stars?: number; item?: Mark['item'] }): Mark {
    const before = this.#marks.find((mark) => mark.home === home && mark.track === track)
    const at = ++this.#cursor
    const mark: Mark = {
      home, track, favourite: favourite ?? before?.favourite ?? false, stars: stars ?? before?.stars ?? 0, at_ms: at,
      favourite_ms: favourite === false ? null : (before?.favourite_ms ?? (favourite ? at : null)), item: favourite === false ? null : (item ?? before?.item ?? null),
    }
    if (this.#once(op)) this.#marks = [...this.#marks.filter((other) => other !== before), mark]
    for (const listener of this.#listeners) listener.marks(this.#cursor)
    return mark
  }

  #keep(queue: NewQueue): void {
    this.queue = { ...queue, items: queue.items ?? this.queue?.items ?? [], updated_ms: Date.now(), device: 'Firefox on Windows' }
  }

  #once(op: string): boolean {
    if (this.#ops.has(op)) return false
    this.#ops.add(op)
    return true
  }

  #tell(changed: string[]): void {
    this.#cursor++
    for (const listener of this.#listeners) listener.playlists(this.#cursor, changed)
  }
}

const problem = (status: number): ProblemError => new ProblemError(status, 'test', { type: '', title: 'Refused', status }, null)
