/**
 * Where changes wait for the portal across visits: this browser's IndexedDB. Every tab sends its own and holds a lock (Web
 * Locks) while some wait; a tab that is gone has let go of it, and whoever takes the lock sends what was left. Without
 * storage (some private windows) changes wait in memory, as long as the tab lives.
 */

import type { RowId } from '../types'
import type { Entry } from './outbox'

export interface Keep {
  put(entries: readonly Entry[]): void
  drop(entries: readonly Entry[]): void
  /** What tabs that are gone left behind, in order. It belongs to this tab from now on. */
  adopt(): Promise<Entry[]>
  close(): void
}

interface Row extends Entry {
  account: RowId
}

const NAME = 'iroam-lists'
const STORE = 'changes'

/** For tests and browsers without storage. */
export class MemoryKeep implements Keep {
  put(): void {
    // Nothing outlives the tab.
  }
  drop(): void {
    // See above.
  }
  adopt(): Promise<Entry[]> {
    return Promise.resolve([])
  }
  close(): void {
    // See above.
  }
}

export class BrowserKeep implements Keep {
  readonly #account: RowId
  readonly #tab: string
  readonly #db: Promise<IDBDatabase | null>
  /** How many changes of a tab wait, and the way to let go of its lock: a page without locks may be kept for "back". */
  readonly #waiting = new Map<string, number>()
  readonly #letGo = new Map<string, () => void>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(account: RowId, tab: string) {
    this.#account = account
    this.#tab = tab
    this.#db = openDb().catch(() => null)
  }

  put(entries: readonly Entry[]): void {
    this.#count(entries, 1)
    if (!this.#letGo.has(this.#tab)) void this.#hold(this.#tab)
    this.#write((store) => {
      for (const entry of entries) store.put({ ...entry, account: this.#account } satisfies Row)
    })
  }

  drop(entries: readonly Entry[]): void {
    this.#count(entries, -1)
    this.#write((store) => {
      for (const { tab, order } of entries) store.delete([tab, order])
    })
    for (const tab of new Set(entries.map((entry) => entry.tab))) if (!this.#waiting.has(tab)) this.#free(tab)
  }

  async adopt(): Promise<Entry[]> {
    const rows = await this.#rows()
    const own: Row[] = []
    for (const tab of new Set(rows.map((row) => row.tab))) {
      if (await this.#hold(tab)) own.push(...rows.filter((row) => row.tab === tab))
    }
    this.#count(own, 1)
    // An order begins with the time: what was done first goes first, whichever tab did it.
    return own.sort((a, b) => a.order - b.order).map(({ tab, order, change }) => ({ tab, order, change }))
  }

  close(): void {
    for (const tab of [...this.#letGo.keys()]) this.#free(tab)
    void this.#db.then((db) => db?.close())
  }

  /** Takes a tab's lock and keeps it until freed, or as long as this page lives. Answers whether it was free. */
  #hold(tab: string): Promise<boolean> {
    if (this.#letGo.has(tab)) return Promise.resolve(false)
    if (!('locks' in navigator)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const held = new Promise<void>((done) => this.#letGo.set(tab, done))
      navigator.locks
        .request(`iroam-lists-${tab}`, { ifAvailable: true }, (lock) => {
          if (!lock) this.#letGo.delete(tab)
          resolve(lock !== null)
          return lock && held
        })
        .catch(() => resolve(false))
    })
  }

  #free(tab: string): void {
    this.#letGo.get(tab)?.()
    this.#letGo.delete(tab)
  }

  #count(entries: readonly Entry[], by: 1 | -1): void {
    for (const { tab } of entries) {
      const waiting = (this.#waiting.get(tab) ?? 0) + by
      if (waiting > 0) this.#waiting.set(tab, waiting)
      else this.#waiting.delete(tab)
    }
  }

  async #rows(): Promise<Row[]> {
    const db = await this.#db
    if (!db) return []
    const rows = (await answered(db.transaction(STORE).objectStore(STORE).getAll()).catch(() => [])) as Row[]
    return rows.filter((row) => row.account === this.#account)
  }

  /** One after the other, so that a change is not kept after it was dropped. */
  #write(change: (store: IDBObjectStore) => void): void {
    this.#last = this.#last.then(async () => {
      const db = await this.#db
      try {
        if (db) change(db.transaction(STORE, 'readwrite').objectStore(STORE))
      } catch {
        // A database that was closed under the page: changes wait in memory.
      }
    })
  }
}

function openDb(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ['tab', 'order'] })
  return answered(request)
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('The storage of this browser does not answer.'))
  })
}
