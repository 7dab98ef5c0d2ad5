/** The portal as a visitor of a share meets it: no account, no cookie; the secret travels in bodies only. */

import type { Heartbeat, Lease, PeerIdText, RowId } from './portal-types'
import { PortalCalls } from './portal'
import type { Key, Shared } from './share-types'

const BASE = '/api/v1/shared'

export class VisitorApi extends PortalCalls {
  readonly #key: Key

  constructor(key: Key, fetcher?: typeof fetch) {
    super(fetcher, 'omit')
    this.#key = key
  }

  async open(playerPeer: PeerIdText): Promise<Shared> {
    const shared = await this.call<Shared>('POST', `${BASE}/open`, { ...this.#key, player_peer: playerPeer })
    this.timed(shared.access)
    return shared
  }

  async openListening(playerPeer: PeerIdText, idempotencyKey: string): Promise<Lease> {
    const body = { ...this.#key, player_peer: playerPeer, idempotency_key: idempotencyKey }
    return this.timed(await this.call<Lease>('POST', `${BASE}/listenings`, body))
  }

  async heartbeat(id: RowId, beat: Heartbeat): Promise<Lease> {
    const path = `${BASE}/listenings/${encodeURIComponent(id)}/heartbeat`
    return this.timed(await this.call<Lease>('POST', path, { ...this.#key, ...beat }))
  }

  async closeListening(id: RowId, playedMs: number): Promise<void> {
    await this.call('POST', closePath(id), { ...this.#key, played_ms: playedMs })
  }

  /** For a page that goes away: sent even when the page is gone before the answer. */
  beaconClose(id: RowId, playedMs: number): void {
    this.beacon(closePath(id), { ...this.#key, played_ms: playedMs })
  }

  async tellMe(email: string): Promise<void> {
    await this.call('POST', `${BASE}/tell-me`, { ...this.#key, email })
  }

  async report(reason: string): Promise<void> {
    await this.call('POST', `${BASE}/report`, { ...this.#key, reason })
  }
}

function closePath(id: RowId): string {
  return `${BASE}/listenings/${encodeURIComponent(id)}/close`
}
