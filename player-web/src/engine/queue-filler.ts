/** Fills the queue with a long list: the row that plays at once, its neighbours page by page behind it. */

import type { Queue } from './queue'
import type { LibraryApi, PeerIdText, Track, TrackQuery } from './types'

/** Rows of one page. */
const PAGE = 500
/** Rows before the one that plays. */
const BEFORE_MAX = 500
/** Rows after it. */
const AFTER_MAX = 4_500

export class QueueFiller {
  readonly #library: Pick<LibraryApi, 'tracks'>
  readonly #queue: Queue
  readonly #changed: () => void
  #run: AbortController | null = null

  constructor(library: Pick<LibraryApi, 'tracks'>, queue: Queue, changed: () => void) {
    this.#library = library
    this.#queue = queue
    this.#changed = changed
  }

  get filling(): boolean {
    return this.#run !== null
  }

  stop(): void {
    this.#run?.abort()
    this.#run = null
  }

  /**
   * `begin` runs when the row itself is in the queue: at once when it is given. A list that cannot be read leaves what
   * is there.
   */
  async start(home: PeerIdText, query: TrackQuery, index: number, row: Track | null, begin: () => void): Promise<void> {
    this.stop()
    const run = new AbortController()
    this.#run = run
    try {
      const first = row ? [row] : (await this.#library.tracks(query, { offset: index, limit: 1 }, run.signal)).items
      if (first.length === 0 || run.signal.aborted) return
      this.#queue.set(home, first, 0)
      begin()
      await this.#after(home, query, index + 1, index + AFTER_MAX, run.signal)
      await this.#before(home, query, index, run.signal)
    } catch {
      // The connection's state tells why; the queue plays what it has.
    } finally {
      if (this.#run === run) this.#run = null
      this.#changed()
    }
  }

  async #before(home: PeerIdText, query: TrackQuery, index: number, signal: AbortSignal): Promise<void> {
    const limit = Math.min(index, BEFORE_MAX)
    if (limit === 0) return
    const page = await this.#library.tracks(query, { offset: index - limit, limit }, signal)
    signal.throwIfAborted()
    this.#queue.extend(home, page.items, 'before')
    this.#changed()
  }

  async #after(home: PeerIdText, query: TrackQuery, from: number, to: number, signal: AbortSignal): Promise<void> {
    for (let offset = from; offset < to; ) {
      const page = await this.#library.tracks(query, { offset, limit: Math.min(PAGE, to - offset) }, signal)
      signal.throwIfAborted()
      if (page.items.length === 0) return
      this.#queue.extend(home, page.items, 'after')
      this.#changed()
      offset += page.items.length
    }
  }
}
