/** One list that is looked at: what the portal told of it, what it has taken since, and what still waits. */

import type { Item, Operation, PlaylistRead } from '../../net/playlists-types'
import { Cell } from '../readable'
import type { Trouble } from '../types'
import { applyAll, follow, itemsOf, slotsOf, type Slots } from './items'
import type { Refresher } from './refresher'
import type { ListState } from './types'

export class Watching {
  readonly state = new Cell<ListState>({ kind: 'loading' })
  /** Who looks at it. */
  lookers = 0
  #base: Slots | null = null
  #seq = 0
  /** Taken by the portal, not yet in what was read. */
  #taken: { operation: Operation; seq: number }[] = []
  #gone = false
  #trouble: Trouble | null = null

  /** `refresher` reads it again. */
  constructor(readonly refresher: Refresher) {}

  /** The last operation that is known; `null` asks for the whole list. */
  get since(): number | null {
    return this.#base === null ? null : this.#seq
  }

  /** A list that was just made here: empty until the portal says more. */
  begin(): void {
    this.#base ??= []
  }

  read(answer: PlaylistRead): void {
    if (answer.items) this.#base = slotsOf(answer.items)
    else this.#base = follow(this.#base ?? [], answer.changes ?? [])
    this.#seq = answer.seq
    this.#gone = false
    this.#trouble = null
    this.#taken = this.#taken.filter(({ seq }) => seq > this.#seq)
  }

  /** The portal took operations; what they did is read next. Until then they stay on top of what was read. */
  took(operations: readonly Operation[], applied: readonly { op: string; seq: number }[]): void {
    const seqs = new Map(applied.map(({ op, seq }) => [op, seq]))
    const fresh = operations.map((operation) => ({ operation, seq: seqs.get(operation.op) ?? 0 }))
    this.#taken.push(...fresh.filter(({ seq }) => seq > this.#seq))
  }

  /** Only the whole list helps. */
  forget(): void {
    this.#base = null
  }

  gone(): void {
    this.#gone = true
  }

  failed(trouble: Trouble): void {
    this.#trouble = trouble
  }

  /** Shows it, with what still waits on top. */
  show(waiting: readonly Operation[]): void {
    if (this.#gone) this.state.set({ kind: 'gone' })
    else if (this.#base) this.state.set({ kind: 'ready', items: this.#items(waiting) })
    else this.state.set(this.#trouble ? { kind: 'failed', trouble: this.#trouble } : { kind: 'loading' })
  }

  #items(waiting: readonly Operation[]): Item[] {
    const taken = this.#taken.map(({ operation }) => operation)
    const slots = applyAll(this.#base ?? [], [...taken, ...waiting])
    // The same items again are no news: a long list is not drawn anew for another list's change.
    const items = itemsOf(slots)
    const shown = this.state.get()
    const same = shown.kind === 'ready' && shown.items.length === items.length && shown.items.every((item, i) => item === items[i])
    return same ? (shown.items as Item[]) : items
  }
}
