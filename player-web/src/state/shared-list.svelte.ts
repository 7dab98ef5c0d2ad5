import { ShareError, type RowId, type Share, type Shares, type Trouble } from '../engine/types'

/** How often the numbers are asked for while they are looked at. */
const FRESH_MS = 15_000

/** The links of the account, as they are looked at. */
export class SharedList {
  readonly #shares: Shares
  #items = $state.raw<readonly Share[]>([])
  #next = $state.raw<string | null>(null)
  #loaded = $state(false)
  #loading = $state(false)
  #trouble = $state.raw<Trouble | null>(null)

  constructor(shares: Shares) {
    this.#shares = shares
  }

  get live(): readonly Share[] { return this.#items.filter((share) => share.state === 'live') }
  get ended(): readonly Share[] { return this.#items.filter((share) => share.state !== 'live') }
  get total(): number { return this.#items.length }
  get loaded(): boolean { return this.#loaded }
  get loading(): boolean { return this.#loading }
  get more(): boolean { return this.#next !== null }
  /** Why the last request failed; what came before stays shown. */
  get trouble(): Trouble | null { return this.#trouble }

  /** Reads now and every while; answers the way to stop. */
  follow(): () => void {
    void this.refresh()
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.refresh()
    }, FRESH_MS)
    return () => clearInterval(timer)
  }

  /** The first page anew; older ones keep what they said. */
  async refresh(): Promise<void> {
    await this.#ask(async () => {
      const page = await this.#shares.list(null)
      const fresh = new Set(page.items.map(({ id }) => id))
      const older = this.#loaded ? this.#items.filter(({ id }) => !fresh.has(id)) : []
      if (older.length === 0) this.#next = page.next
      this.#items = [...page.items, ...older]
    })
  }

  async showMore(): Promise<void> {
    const cursor = this.#next
    if (cursor === null) return
    await this.#ask(async () => {
      const page = await this.#shares.list(cursor)
      const known = new Set(this.#items.map(({ id }) => id))
      this.#items = [...this.#items, ...page.items.filter(({ id }) => !known.has(id))]
      this.#next = page.next
    })
  }

  /** Answers whether it is revoked; {@link trouble} says why not. */
  async revoke(id: RowId): Promise<boolean> {
    return this.#ask(async () => {
      await this.#shares.revoke(id).catch((error: unknown) => {
        // One that is gone already opens nothing either.
        if (!(error instanceof ShareError) || error.kind !== 'gone') throw error
      })
      this.#items = this.#items.map((share) => (share.id === id ? { ...share, state: 'revoked', listening: 0 } : share))
    })
  }

  async #ask(work: () => Promise<void>): Promise<boolean> {
    this.#loading = true
    try {
      await work()
      this.#loaded = true
      this.#trouble = null
      return true
    } catch (error) {
      if (!(error instanceof ShareError)) throw error
      this.#trouble = error.trouble
      return false
    } finally {
      this.#loading = false
    }
  }
}
