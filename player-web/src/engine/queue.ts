/** What plays when: a pure queue. Every change gives a new state, so that undo is the state before. */

import { homeOf } from './placed'
import type { PeerIdText, QueueEntry, QueueState, Repeat, Track } from './types'

/** Changes that can be taken back. */
const UNDO_MAX = 20
/** Entries of a queue; a whole shelf, and little memory (about 1 KiB each). */
export const QUEUE_MAX = 20_000

interface Order {
  entries: readonly QueueEntry[]
  /** -1 when the queue is empty. */
  index: number
  shuffle: boolean
  /** Keys in the order before shuffling; `null` when not shuffled. */
  unshuffled: readonly number[] | null
}

const EMPTY: Order = { entries: [], index: -1, shuffle: false, unshuffled: null }

export class Queue {
  #order: Order = EMPTY
  #repeat: Repeat = 'off'
  readonly #undo: Order[] = []
  #lastKey = 0
  readonly #random: () => number

  /** `random` answers 0 ≤ x < 1. */
  constructor(random: () => number) {
    this.#random = random
  }

  get state(): Omit<QueueState, 'filling'> {
    const { entries, index, shuffle } = this.#order
    return { entries, index, shuffle, repeat: this.#repeat, canUndo: this.#undo.length > 0 }
  }

  get current(): QueueEntry | null {
    return this.#order.entries[this.#order.index] ?? null
  }

  /** Replaces everything. */
  set(home: PeerIdText, tracks: readonly Track[], index: number): void {
    const entries = this.#entries(home, tracks.slice(0, QUEUE_MAX))
    const at = entries.length === 0 ? -1 : clamp(index, 0, entries.length - 1)
    const plain: Order = { entries, index: at, shuffle: false, unshuffled: null }
    this.#change(this.#order.shuffle ? this.#shuffled(plain) : plain)
  }

  /** What a home told of tracks that were known by less; they carry their home. Not a change that undo knows. */
  refine(tracks: readonly Track[]): void {
    const better = new Map(tracks.map((track) => [`${homeOf(track)}/${track.id}`, track]))
    const entries = this.#order.entries.map((entry) => {
      const track = better.get(`${entry.home}/${entry.track.id}`)
      return track ? { ...entry, track } : entry
    })
    this.#order = { ...this.#order, entries }
  }

  /** A queue of another browser, in its order of playing. */
  restore(home: PeerIdText, tracks: readonly Track[], index: number, shuffle: boolean, repeat: Repeat): void {
    const entries = this.#entries(home, tracks.slice(0, QUEUE_MAX))
    const at = entries.length === 0 ? -1 : clamp(index, 0, entries.length - 1)
    // The order before shuffling stayed in the other browser: this one is the plain order from now on.
    this.#change({ entries, index: at, shuffle, unshuffled: shuffle ? entries.map(({ key }) => key) : null })
    this.#repeat = repeat
  }

  /** More of a list that is being fetched: before or after what is there. Not a change that undo knows. */
  extend(home: PeerIdText, tracks: readonly Track[], where: 'before' | 'after'): void {
    const order = this.#order
    const added = this.#entries(home, tracks.slice(0, QUEUE_MAX - order.entries.length))
    if (order.shuffle) {
      this.#order = this.#shuffled(plainOf({ ...order, entries: [...order.entries, ...added] }, added))
    } else if (where === 'after') this.#order = { ...order, entries: [...order.entries, ...added] }
    else this.#order = { ...order, entries: [...added, ...order.entries], index: order.index + added.length }
  }

  playNext(home: PeerIdText, tracks: readonly Track[]): void {
    this.#insert(this.#order.index + 1, home, tracks)
  }

  playLast(home: PeerIdText, tracks: readonly Track[]): void {
    this.#insert(this.#order.entries.length, home, tracks)
  }

  /** Answers whether there is such an entry. */
  jump(key: number): boolean {
    const index = this.#indexOf(key)
    if (index >= 0) this.#order = { ...this.#order, index }
    return index >= 0
  }

  move(key: number, toIndex: number): void {
    const from = this.#indexOf(key)
    if (from < 0) return
    const entries = [...this.#order.entries]
    const [entry] = entries.splice(from, 1)
    if (entry) entries.splice(clamp(toIndex, 0, entries.length), 0, entry)
    this.#replace(entries, this.current?.key ?? null)
  }

  /** Removes entries. When the current one goes, the one after it becomes current. */
  remove(keys: readonly number[]): void {
    const gone = new Set(keys)
    const { entries, index } = this.#order
    const stays = entries.filter((entry) => !gone.has(entry.key))
    if (stays.length === entries.length) return
    const next = entries.slice(Math.max(index, 0)).find((entry) => !gone.has(entry.key)) ?? stays.at(-1)
    this.#replace(stays, next?.key ?? null)
  }

  clear(): void {
    if (this.#order.entries.length > 0) this.#change({ ...EMPTY, shuffle: this.#order.shuffle })
  }

  /** Answers whether there was something to take back. */
  undo(): boolean {
    const before = this.#undo.pop()
    if (!before) return false
    // What plays now goes on when it was there before too.
    const at = before.entries.findIndex((entry) => entry.key === this.current?.key)
    this.#order = at < 0 ? before : { ...before, index: at }
    return true
  }

  setShuffle(on: boolean): void {
    if (on === this.#order.shuffle) return
    this.#order = on ? this.#shuffled(this.#order) : plainOf(this.#order, [])
  }

  setRepeat(repeat: Repeat): void {
    this.#repeat = repeat
  }

  get hasNext(): boolean {
    const { entries, index } = this.#order
    return entries.length > 0 && (this.#repeat !== 'off' || index < entries.length - 1)
  }

  get hasPrevious(): boolean {
    const { entries, index } = this.#order
    return entries.length > 0 && (this.#repeat !== 'off' || index > 0)
  }

  /** To the next entry. `ended` tells a track that came to its end, which `repeat one` begins again. */
  next(ended: boolean): QueueEntry | null {
    const { entries, index } = this.#order
    if (ended && this.#repeat === 'one') return this.current
    if (!this.hasNext) return null
    this.#order = { ...this.#order, index: (index + 1) % entries.length }
    return this.current
  }

  previous(): QueueEntry | null {
    const { entries, index } = this.#order
    if (!this.hasPrevious) return null
    this.#order = { ...this.#order, index: (index - 1 + entries.length) % entries.length }
    return this.current
  }

  #insert(at: number, home: PeerIdText, tracks: readonly Track[]): void {
    const { entries, index, unshuffled } = this.#order
    const added = this.#entries(home, tracks.slice(0, QUEUE_MAX - entries.length))
    if (added.length === 0) return
    this.#change({
      ...this.#order,
      entries: [...entries.slice(0, at), ...added, ...entries.slice(at)],
      index: index < 0 ? 0 : at <= index ? index + added.length : index,
      unshuffled: unshuffled && [...unshuffled, ...added.map((entry) => entry.key)],
    })
  }

  #replace(entries: readonly QueueEntry[], currentKey: number | null): void {
    this.#change({ ...this.#order, entries, index: entries.findIndex((entry) => entry.key === currentKey) })
  }

  #change(order: Order): void {
    this.#undo.push(this.#order)
    if (this.#undo.length > UNDO_MAX) this.#undo.shift()
    this.#order = order
  }

  /** The current entry first, the others in any order (Fisher–Yates). */
  #shuffled(order: Order): Order {
    const { entries, index } = order
    const current = entries[index]
    const rest = entries.filter((_, i) => i !== index)
    for (let i = rest.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1))
      const [a, b] = [rest[i] as QueueEntry, rest[j] as QueueEntry]
      rest[i] = b
      rest[j] = a
    }
    return {
      entries: current ? [current, ...rest] : rest,
      index: current ? 0 : -1,
      shuffle: true,
      unshuffled: entries.map((entry) => entry.key),
    }
  }

  #entries(home: PeerIdText, tracks: readonly Track[]): QueueEntry[] {
    return tracks.map((track) => ({ key: ++this.#lastKey, home: homeOf(track) ?? home, track }))
  }

  #indexOf(key: number): number {
    return this.#order.entries.findIndex((entry) => entry.key === key)
  }
}

/** The order before shuffling; `added` were not there then and stand at its end. */
function plainOf(order: Order, added: readonly QueueEntry[]): Order {
  const { entries, index, unshuffled } = order
  const current = entries[index]
  const rank = new Map([...(unshuffled ?? []), ...added.map((entry) => entry.key)].map((key, i) => [key, i]))
  const sorted = [...entries].sort((a, b) => (rank.get(a.key) ?? Infinity) - (rank.get(b.key) ?? Infinity))
  return { entries: sorted, index: current ? sorted.indexOf(current) : -1, shuffle: false, unshuffled: null }
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value))
}
