/**
 * The browse grant and relay admission of one home, renewed in time. Ends are reckoned on this machine's monotonic
 * clock from the portal's own time, so a wrong wall clock here does no harm.
 */

import type { AccessPort } from './portal'
import type { Access, PeerIdText, RelayAccess } from './portal-types'

/** Renewed when less than this is left: two tries of the portal's timeout and the home's skew. */
const MARGIN_MS = 120_000

interface Held<T> {
  value: T
  endsAtMs: number
}

export class AccessKeeper {
  readonly #portal: AccessPort
  readonly #home: PeerIdText
  readonly #peer: PeerIdText
  #access: Held<Access> | null = null
  #relay: Held<RelayAccess> | null = null
  #asking: Promise<Access> | null = null

  constructor(portal: AccessPort, home: PeerIdText, peer: PeerIdText) {
    this.#portal = portal
    this.#home = home
    this.#peer = peer
  }

  /** A grant and admission that hold for a while. */
  async fresh(): Promise<Access> {
    const held = this.#access
    if (held && held.endsAtMs - performance.now() > MARGIN_MS) return held.value
    return this.renew()
  }

  /** The grant that is at hand; one that is renewed when there is none. */
  async grant(): Promise<string> {
    const held = this.#access
    if (held && held.endsAtMs > performance.now()) return held.value.grant
    return (await this.renew()).grant
  }

  /** Asks the portal anew; requests at the same time share one answer. */
  renew(): Promise<Access> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = null))
    return this.#asking
  }

  /** The relay does not know this pair: the next try asks the portal anew. */
  forget(): void {
    this.#access = null
  }

  /** The newest admission, from whichever answer brought it. */
  get relay(): RelayAccess | null {
    return this.#relay?.value ?? null
  }

  /** A heartbeat's answer renews the admission too. Answers whether it is a newer one. */
  offer(relay: RelayAccess, timeMs: number): boolean {
    const endsAtMs = performance.now() + (relay.expires_ms - timeMs)
    if (this.#relay && endsAtMs <= this.#relay.endsAtMs) return false
    this.#relay = { value: relay, endsAtMs }
    return true
  }

  /** When the next renewal is due, on `performance.now()`. */
  get renewAtMs(): number {
    return (this.#access?.endsAtMs ?? 0) - MARGIN_MS
  }

  /** When the relay's admission wants to be shown again. */
  get relayEndsAtMs(): number {
    return this.#relay?.endsAtMs ?? 0
  }

  async #ask(): Promise<Access> {
    const access = await this.#portal.grant(this.#home, this.#peer)
    this.#access = { value: access, endsAtMs: performance.now() + (access.expires_ms - access.time_ms) }
    this.offer(access.relay, access.time_ms)
    return access
  }
}
