import type { LibraryError, Page, Trouble, Window } from '../engine/types'
import { WORDS } from '../engine/words'
import { TransportError } from '../net/transport'

/** Fetches a window of a list. */
export type Load<T> = (window: Window, signal: AbortSignal) => Promise<Page<T>>

/** Rows per request: three screens of a dense table. */
export const PAGE = 100
/** Pages that wait for their answer at the same time; a flick over the scroll bar drops the older ones. */
const IN_FLIGHT_MAX = 3

/**
 * A long list of which only some pages are here. `at` answers what is here, `show` fetches what is seen. A new revision
 * of the library keeps the old rows until the new ones have come, so that nothing flickers while a scan runs.
 */
export class PagedList<T> {
  #load: Load<T>
  #pages = new Map<number, T[]>()
  #stale = new Set<number>()
  #asked = new Map<number, AbortController>()
  #seen: [first: number, end: number] = [0, PAGE]
  #version = $state(0)
  #total = $state(0)
  #loaded = $state(false)
  #trouble = $state.raw<Trouble | null>(null)

  constructor(load: Load<T>) {
    this.#load = load
  }

  /** Rows of the whole list; 0 until the first page came. */
  get total(): number {
    return this.#total
  }
  /** Whether a page came since the list was opened. */
  get loaded(): boolean {
    return this.#loaded
  }
  /** Why the last page did not come; `null` when it did. */
  get trouble(): Trouble | null {
    return this.#trouble
  }

  /** The row, when it is here. */
  at(index: number): T | undefined {
    void this.#version
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE]
  }

  /** Another list in this place: another order, another filter. The view stays where it is. */
  open(load: Load<T>): void {
    this.close()
    this.#load = load
    this.#pages.clear()
    this.#stale.clear()
    this.#loaded = false
    this.#trouble = null
    this.#version += 1
    this.#fetchSeen()
  }

  /** The library changed: fetch again what is seen. */
  refresh(): void {
    for (const page of this.#pages.keys()) this.#stale.add(page)
    this.#abort(() => true)
    this.#fetchSeen()
  }

  /** These rows are looked at. */
  show(first: number, end: number): void {
    this.#seen = [first, Math.max(end, first + 1)]
    this.#fetchSeen()
  }

  /** Ends what is under way. */
  close(): void {
    this.#abort(() => true)
  }

  #abort(which: (page: number) => boolean): void {
    for (const [page, controller] of [...this.#asked]) {
      if (!which(page)) continue
      this.#asked.delete(page)
      controller.abort()
    }
  }

  #fetchSeen(): void {
    const [first, end] = this.#seen
    const from = Math.floor(first / PAGE)
    const to = Math.floor((end - 1) / PAGE)
    if (this.#asked.size >= IN_FLIGHT_MAX) this.#abort((page) => page < from || page > to)
    for (let page = from; page <= to; page++) {
      const known = this.#pages.has(page) && !this.#stale.has(page)
      const outside = this.#loaded && page > 0 && page * PAGE >= this.#total
      if (!known && !outside && !this.#asked.has(page)) void this.#fetch(page)
    }
  }

  async #fetch(page: number): Promise<void> {
    const controller = new AbortController()
    this.#asked.set(page, controller)
    try {
      const answer = await this.#load({ offset: page * PAGE, limit: PAGE }, controller.signal)
      if (controller.signal.aborted) return
      this.#pages.set(page, answer.items)
      this.#stale.delete(page)
      this.#total = answer.total
      this.#loaded = true
      this.#trouble = null
      this.#version += 1
    } catch (error) {
      if (!controller.signal.aborted) this.#trouble = troubleOf(error)
    } finally {
      if (this.#asked.get(page) === controller) this.#asked.delete(page)
    }
  }
}

/** The words of a failed read. */
export function troubleOf(error: unknown): Trouble {
  const trouble = (error as Partial<LibraryError>).trouble
  if (trouble) return trouble
  return error instanceof TransportError ? WORDS.portalAway : { message: error instanceof Error ? error.message : String(error), nextStep: '' }
}

/** The same in one text. */
export function saidOf(error: unknown): string {
  const { message, nextStep } = troubleOf(error)
  return `${message} ${nextStep}`.trim()
}
