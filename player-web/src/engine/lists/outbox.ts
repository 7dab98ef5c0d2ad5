/**
 * Changes on their way to the portal, in the order in which they were made. Pure: the sender asks what is next and tells
 * what became of it. Nothing leaves without an answer: done, or refused and told.
 */

import type { RowId } from '../types'
import type { Change } from './changes'

/** A change with its place in the order; `tab` and `order` name it in storage. */
export interface Entry {
  readonly tab: string
  readonly order: number
  readonly change: Change
}

/** What one request carries: one change, or operations of one list. */
export type Batch = readonly Entry[]

/** Operations that the portal takes in one request. */
export const BATCH_MAX = 500
/** Changes that may wait: the longest list twice. More would be a browser offline for months. */
export const WAITING_MAX = 20_000

export class Outbox {
  #waiting: Entry[] = []
  #sending = 0
  /** After a refusal operations go one by one, until the refused one is found. */
  #oneByOne = 0

  /** Every change without an answer, in order. */
  get changes(): readonly Change[] {
    return this.#waiting.map((entry) => entry.change)
  }

  get size(): number {
    return this.#waiting.length
  }

  /** Whether so many more may wait. */
  hasRoom(more: number): boolean {
    return this.#waiting.length + more <= WAITING_MAX
  }

  add(entry: Entry): void {
    this.#waiting.push(entry)
  }

  /** Changes of an earlier visit: before everything that is not yet under way. */
  adopt(entries: readonly Entry[]): void {
    const known = new Set(this.#waiting.map(nameOf))
    const fresh = entries.filter((entry) => !known.has(nameOf(entry)))
    this.#waiting.splice(this.#sending, 0, ...fresh)
  }

  /** What to send next; `null` when nothing waits or something is under way. */
  take(): Batch | null {
    const [first] = this.#waiting
    if (this.#sending > 0 || !first) return null
    const most = first.change.kind === 'edit' && this.#oneByOne === 0 ? BATCH_MAX : 1
    const end = this.#waiting.findIndex((entry, index) => index > 0 && (index >= most || listOf(entry) !== listOf(first)))
    this.#sending = end < 0 ? Math.min(most, this.#waiting.length) : end
    return this.#waiting.slice(0, this.#sending)
  }

  /** The portal took it. Answers what it took. */
  done(): Batch {
    this.#oneByOne = Math.max(0, this.#oneByOne - this.#sending)
    return this.#drop()
  }

  /** It did not arrive, or nobody knows: it goes again. */
  unsent(): void {
    this.#sending = 0
  }

  /** The portal will never take it. Answers what is given up; nothing while the one at fault is still looked for. */
  refused(): Batch {
    if (this.#sending > 1) {
      this.#oneByOne = this.#sending
      this.#sending = 0
      return []
    }
    this.#oneByOne = Math.max(0, this.#oneByOne - 1)
    return this.#drop()
  }

  /** Gives up whatever waits for a list that is gone. */
  forget(list: RowId): Batch {
    const gone = this.#waiting.filter((entry) => entry.change.kind === 'edit' && entry.change.list === list)
    this.#waiting = this.#waiting.filter((entry) => !gone.includes(entry))
    this.#sending = 0
    this.#oneByOne = 0
    return gone
  }

  #drop(): Batch {
    const gone = this.#waiting.splice(0, this.#sending)
    this.#sending = 0
    return gone
  }
}

const nameOf = (entry: Entry): string => `${entry.tab} ${entry.order}`

/** Only operations of the same list go together. */
function listOf({ change }: Entry): RowId | null {
  return change.kind === 'edit' ? change.list : null
}

/** What an answer means for what was sent. */
export type Fate = 'again' | 'refused' | 'gone' | 'signedOut'

/** `status` is `null` when there was no answer. */
export function fateOf(status: number | null): Fate {
  if (status === null || status >= 500 || status === 408 || status === 429 || status === 425) return 'again'
  if (status === 401) return 'signedOut'
  return status === 404 || status === 410 ? 'gone' : 'refused'
}
